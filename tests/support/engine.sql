-- What the fixtures of tests say in SQLite's words, beside what griot does.
CREATE FUNCTION unixepoch() RETURNS BIGINT LANGUAGE sql STABLE AS 'SELECT CAST(floor(extract(epoch FROM now())) AS BIGINT)';
CREATE FUNCTION zeroblob(length BIGINT) RETURNS BYTEA LANGUAGE sql IMMUTABLE AS
    $$SELECT decode(repeat('00', CAST(length AS INTEGER)), 'hex')$$;
CREATE FUNCTION json_object(key TEXT, value TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS
    $$SELECT CAST(json_build_object(key, value) AS TEXT)$$;
CREATE FUNCTION randomblob(length BIGINT) RETURNS BYTEA LANGUAGE sql VOLATILE AS
    $$SELECT substring(string_agg(decode(md5(CAST(random() AS TEXT)), 'hex'), '') FROM 1 FOR CAST(length AS INTEGER))
      FROM generate_series(0, length / 16)$$;
