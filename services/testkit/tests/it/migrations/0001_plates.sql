CREATE TABLE plates (plate_number text PRIMARY KEY);
