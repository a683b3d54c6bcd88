-- What outside systems are asked for a pending decision, and what they answered. The question holds
-- VIN and buyer's number, sealed under the person's key, and is wiped when it is answered or ended.
CREATE TABLE questions (
    question_id uuid CONSTRAINT questions_pkey PRIMARY KEY,
    assessment_id uuid NOT NULL
        CONSTRAINT questions_assessment REFERENCES assessments (assessment_id) ON DELETE CASCADE,
    system text NOT NULL CONSTRAINT questions_system CHECK (system IN ('registry', 'tax_bureau')),
    state text NOT NULL CONSTRAINT questions_state CHECK (state IN ('open', 'answered', 'given_up')),
    question bytea,
    answer jsonb,
    attempts integer NOT NULL CONSTRAINT questions_attempts CHECK (attempts >= 0),
    asked_at timestamptz NOT NULL,
    due_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT questions_one_a_system UNIQUE (assessment_id, system),
    CONSTRAINT questions_wiped CHECK ((state = 'open') = (question IS NOT NULL)),
    CONSTRAINT questions_answered CHECK ((state = 'answered') = (answer IS NOT NULL)),
    CONSTRAINT questions_due CHECK ((state = 'open') = (due_at IS NOT NULL)),
    CONSTRAINT questions_ended CHECK ((state = 'open') = (ended_at IS NULL))
);

COMMENT ON TABLE questions IS 'Questions to outside systems whose answers may come late.';
COMMENT ON COLUMN questions.question_id IS 'The question; answers by file name it.';
COMMENT ON COLUMN questions.assessment_id IS 'Decision that waits for it.';
COMMENT ON COLUMN questions.system IS 'Who is asked.';
COMMENT ON COLUMN questions.state IS 'open, answered, or given_up (its time is over, or nobody waits for it any more).';
COMMENT ON COLUMN questions.question IS 'Sealed: the question as the gateway is asked it; null once ended.';
COMMENT ON COLUMN questions.answer IS 'What was learnt; no number of a person, plate or invoice, no VIN.';
COMMENT ON COLUMN questions.attempts IS 'How often it was asked again.';
COMMENT ON COLUMN questions.asked_at IS 'When it was first asked.';
COMMENT ON COLUMN questions.due_at IS 'When it is asked next; null once ended.';
COMMENT ON COLUMN questions.ended_at IS 'When it was answered or given up.';

CREATE INDEX questions_due_at ON questions (due_at) WHERE state = 'open';
CREATE INDEX questions_open ON questions (system, question_id) WHERE state = 'open';
