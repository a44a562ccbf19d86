-- Counts are kept: what child_counts answers for a day, a population and a
-- dimension stays until something that is counted changes, so that leaders who
-- ask again do not have every registration read again.
--
-- Takes a short lock against writes on the six tables that are counted. The
-- previous binary is answered from what is kept and keeps nothing itself.
--
-- Why a kept count is never stale. Whoever changes what is counted adds a row to
-- count_change in the same transaction. Whoever keeps counts first takes away, in
-- one statement, the rows of count_change that it sees, and with them all that
-- was kept before; only then, by a later snapshot, it counts. Those who keep are
-- one at a time. A reader uses what is kept only if it sees no row of
-- count_change, all in its one snapshot. So let a reader see a kept count, and
-- take any transaction that changed something:
--   * The reader sees the change. Either its row was taken away by the keeper, who
--     then counted by a snapshot that saw the change too, or by a later keeper,
--     who took away this count with it, or it still stands and the reader counts
--     for itself.
--   * The reader does not see the change. Then it had not been committed when the
--     reader's snapshot was taken, less so when the keeper counted: it is not in
--     the count.
-- Nothing here depends on the isolation of those who write, and a writer sees its
-- own change before it commits. Whoever keeps needs READ COMMITTED.
--
-- Why nobody waits and no deadlock is possible. A writer only adds a row, so it
-- waits for nobody and nobody waits for it. The rows of both tables are taken away
-- by whoever keeps alone, and of two of those the second gives up at once.

-- +goose Up
CREATE TABLE count_kept (
    as_of date NOT NULL,
    population text NOT NULL,
    dimension text NOT NULL,
    place bigint NOT NULL,
    township_code text NOT NULL,
    township text NOT NULL,
    category text NOT NULL,
    value integer,
    shown text NOT NULL,
    PRIMARY KEY (as_of, population, dimension, place),
    CHECK (value IS NULL AND shown !~ '^[0-9]' OR value IS NOT NULL AND shown = value::text)
);
COMMENT ON TABLE count_kept IS 'What child_counts answers for a day, small cells already held back: a number that may not be printed is not in here. True only while count_change is empty. Written by keep_counts alone; a migration that changes how children are counted empties it.';

CREATE TABLE count_change (source text NOT NULL);
COMMENT ON TABLE count_change IS 'One row, with the table''s name, for each transaction that changed what is counted since counts were last kept. While there is one, nobody reads count_kept.';

-- A transaction says it once: a setting that ends with it, and is undone with its
-- savepoints as the row is, remembers.
-- +goose StatementBegin
CREATE FUNCTION count_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF current_setting('tongxin.count_changed', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        INSERT INTO count_change (source) VALUES (TG_TABLE_NAME);
        PERFORM set_config('tongxin.count_changed', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION count_changed IS 'Says that what is counted has changed, for the statement''s transaction.';

-- The columns are those that counted_children, count_grid and child_counts_live read.
CREATE TRIGGER count_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF id, residence_township_id, birth_date, sex
    ON child EXECUTE FUNCTION count_changed();
CREATE TRIGGER count_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF child_id, kinds, status, left_behind, left_behind_since, risk_level
    ON registration EXECUTE FUNCTION count_changed();
CREATE TRIGGER count_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF child_id, current, edu_left_behind_flag, status, stage
    ON enrolment EXECUTE FUNCTION count_changed();
CREATE TRIGGER count_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF child_id, kind
    ON guardianship EXECUTE FUNCTION count_changed();
CREATE TRIGGER count_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF id, code, name, level
    ON division EXECUTE FUNCTION count_changed();
CREATE TRIGGER count_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF name, value
    ON parameter EXECUTE FUNCTION count_changed();

ALTER FUNCTION child_counts(date, text, text) RENAME TO child_counts_live;
ALTER FUNCTION child_counts_live(date, text, text) SECURITY INVOKER RESET search_path;
COMMENT ON FUNCTION child_counts_live IS 'The counts of children of a population by township and dimension, small cells held back: the one definition.';

-- STABLE matters: every statement of it sees the one snapshot of the caller's.
-- +goose StatementBegin
CREATE FUNCTION child_counts(today date, population text, dimension text)
RETURNS TABLE (id bigint, township_code text, township text, category text, value integer, shown text,
    definition text, as_of date) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN QUERY
    SELECT k.place, k.township_code, k.township, k.category, k.value, k.shown,
           count_definition(child_counts.population), k.as_of
    FROM count_kept k
    WHERE k.as_of = today AND k.population = child_counts.population AND k.dimension = child_counts.dimension
      AND NOT EXISTS (SELECT FROM count_change)
    ORDER BY k.place;
    IF NOT FOUND THEN
        RETURN QUERY SELECT * FROM child_counts_live(today, child_counts.population, child_counts.dimension);
    END IF;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION child_counts IS 'What child_counts_live answers, from count_kept where it is kept and nothing has changed since.';

-- VOLATILE matters: every statement of it has a snapshot of its own, taken after
-- the lock, so that it sees all that an earlier keeper has committed.
-- +goose StatementBegin
CREATE FUNCTION keep_counts(today date, population text, dimension text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'keep_counts needs a read-committed transaction';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtext('tongxin counts')) THEN
        RETURN false;
    END IF;
    WITH change AS (
        DELETE FROM count_change RETURNING 1
    )
    DELETE FROM count_kept k
    WHERE EXISTS (SELECT FROM change) OR k.as_of < today - 1
       OR k.as_of = today AND k.population = keep_counts.population AND k.dimension = keep_counts.dimension;
    PERFORM set_config('tongxin.count_changed', '', true);
    INSERT INTO count_kept (as_of, population, dimension, place, township_code, township, category, value, shown)
    SELECT c.as_of, keep_counts.population, keep_counts.dimension, c.id, c.township_code, c.township, c.category, c.value, c.shown
    FROM child_counts_live(today, keep_counts.population, keep_counts.dimension) c;
    RETURN true;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION keep_counts IS 'Keeps what child_counts answers, for one day, population and dimension; takes away what a change has made untrue, and days before yesterday. False, and nothing done, while somebody else keeps.';
