-- Captchas of signed-in accounts, and puzzles for those who cannot use pictures.
ALTER TABLE captchas
    ADD COLUMN account_id uuid,
    ADD COLUMN puzzle_prefix text,
    ADD COLUMN zero_bits smallint,
    ALTER COLUMN pre_session_id DROP NOT NULL,
    ALTER COLUMN answer_hash DROP NOT NULL,
    ADD CONSTRAINT captchas_holder CHECK (num_nonnulls(pre_session_id, account_id) = 1),
    ADD CONSTRAINT captchas_form CHECK (num_nonnulls(answer_hash, puzzle_prefix) = 1),
    ADD CONSTRAINT captchas_zero_bits CHECK
        ((puzzle_prefix IS NULL) = (zero_bits IS NULL) AND zero_bits BETWEEN 8 AND 28);

COMMENT ON TABLE captchas IS 'Picture codes and puzzles, each answered once. Pictures are not kept.';
COMMENT ON COLUMN captchas.pre_session_id IS 'The visitor who may answer; none if an account may.';
COMMENT ON COLUMN captchas.account_id IS 'The signed-in account that may answer; none if a visitor may.';
COMMENT ON COLUMN captchas.answer_hash IS 'Of a picture: keyed hash of the answer in capitals, bound to captcha and holder.';
COMMENT ON COLUMN captchas.puzzle_prefix IS 'Of a puzzle: what the answer is put behind.';
COMMENT ON COLUMN captchas.zero_bits IS 'Of a puzzle: how many zero bits SHA-256 of prefix and answer must begin with.';
COMMENT ON COLUMN captchas.answered_for IS 'Request the right answer was given with, so that its repetition is not a second answer; none if the answer was wrong, or was checked for a service.';
