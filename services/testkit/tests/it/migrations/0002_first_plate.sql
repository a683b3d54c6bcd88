INSERT INTO plates VALUES ('first');
