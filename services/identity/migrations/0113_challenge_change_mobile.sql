-- Codes that prove the number an account changes to.
ALTER TABLE challenges
    DROP CONSTRAINT challenges_purpose,
    ADD CONSTRAINT challenges_purpose CHECK
        (purpose IN ('register', 'reset_password', 'confirm_info', 'start_selecting', 'confirm_plate', 'change_mobile'));
