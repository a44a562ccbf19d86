-- The board of leaders: what the district looked like at the end of each quarter, where
-- its townships lie, and counts that tell nothing when they are held against each other.
--
-- Two columns that may be null on division and one new table; functions are replaced,
-- the counts that were kept are taken away and made anew.

-- +goose Up
ALTER TABLE division
    ADD COLUMN tile_column smallint CHECK (tile_column BETWEEN 1 AND 12),
    ADD COLUMN tile_row smallint CHECK (tile_row BETWEEN 1 AND 12),
    ADD CHECK ((tile_column IS NULL) = (tile_row IS NULL));
COMMENT ON COLUMN division.tile_column IS 'Where the township lies among the others, as a tile: 1 is the west. Null: in the order of the codes.';
COMMENT ON COLUMN division.tile_row IS '1 is the north.';

-- +goose StatementBegin
CREATE FUNCTION township_tiles() RETURNS TABLE (id bigint, township_code text, township text, tile_column integer, tile_row integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
SELECT d.id, d.code, d.name, d.tile_column::integer, d.tile_row::integer FROM division d WHERE d.level = 'TOWNSHIP' ORDER BY d.code
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION township_tiles IS 'The townships and where they lie among each other.';

CREATE TABLE quarter_count (
    quarter date NOT NULL CHECK (quarter = date_trunc('quarter', quarter::timestamp)),
    population text NOT NULL,
    place integer NOT NULL,
    township_code text NOT NULL,
    township text NOT NULL,
    value integer,
    shown text NOT NULL,
    as_of date NOT NULL,
    PRIMARY KEY (quarter, population, place),
    CHECK (value IS NULL AND shown !~ '[0-9]' OR value IS NOT NULL AND shown = value::text)
);
COMMENT ON TABLE quarter_count IS 'Children of a population by township at the last day of each quarter that was counted, rounded and small ones held back: a number that may not be printed is not in here. A quarter that is over is never counted again.';

-- Rounded, because two quarters that are printed to the child tell by their difference
-- who came and went.
-- +goose StatementBegin
CREATE FUNCTION count_quarter(today date, population text)
RETURNS TABLE (place integer, township_code text, township text, value integer, shown text, as_of date) LANGUAGE sql STABLE AS $$
SELECT c.place, c.township_code, c.township, c.rounded, coalesce(c.rounded::text, '*'), c.as_of
FROM (SELECT (row_number() OVER (ORDER BY k.id))::integer AS place, k.township_code, k.township, round(k.value::numeric / p.step)::integer * p.step AS rounded, k.as_of
      FROM child_counts(today, population, 'SEX') k,
           (SELECT greatest(1, coalesce((SELECT value::integer FROM parameter WHERE name = 'small_cell'), 5)) AS step) p
      WHERE k.category = 'TOTAL') c
ORDER BY c.place
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION count_quarter IS 'The totals of townships on a day as the trend prints them: rounded to the small cell, held back where the table of that day holds them back.';

-- +goose StatementBegin
CREATE FUNCTION keep_quarter(today date, population text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
WITH written AS (
    INSERT INTO quarter_count (quarter, population, place, township_code, township, value, shown, as_of)
    SELECT date_trunc('quarter', today::timestamp)::date, keep_quarter.population, c.place, c.township_code, c.township, c.value, c.shown, c.as_of
    FROM count_quarter(today, keep_quarter.population) c
    ON CONFLICT (quarter, population, place) DO UPDATE SET township_code = excluded.township_code, township = excluded.township,
        value = excluded.value, shown = excluded.shown, as_of = excluded.as_of
    WHERE quarter_count.as_of < excluded.as_of
    RETURNING 1)
SELECT count(*) FROM written
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION keep_quarter IS 'Writes down the running quarter as it stands today; the number of lines that changed.';

-- +goose StatementBegin
CREATE FUNCTION count_trend(today date, population text)
RETURNS TABLE (id bigint, quarter text, township_code text, township text, value integer, shown text, definition text, as_of date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
WITH period AS (
    SELECT date_trunc('quarter', today::timestamp)::date AS running
), line AS (
    SELECT q.quarter, q.place, q.township_code, q.township, q.value, q.shown, q.as_of
    FROM quarter_count q, period p
    WHERE q.population = count_trend.population AND q.quarter < p.running AND q.quarter >= p.running - interval '21 months'
    UNION ALL
    SELECT p.running, c.place, c.township_code, c.township, c.value, c.shown, c.as_of FROM period p, count_quarter(today, count_trend.population) c
)
SELECT row_number() OVER (ORDER BY l.quarter, l.place), to_char(l.quarter, 'YYYY"Q"Q'), l.township_code, l.township, l.value, l.shown,
    count_definition(count_trend.population) || '；各季末（本季为当日）在册人数，取最接近的整数倍（参数small_cell），相邻季度的差不是变动人数', l.as_of
FROM line l ORDER BY l.quarter, l.place
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION count_trend IS 'The last eight quarters of a population by township; the running one as of today.';

-- Two tables of the same children, the wider and the narrower population, are read side
-- by side: a count of the narrower is never above that of the wider. So what the wider
-- holds back of a township the narrower holds back as well; and groups of the narrower
-- are printed only where neither table has anything to hide in them.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION suppress_cells(n integer[], wider integer[], width integer, floor integer)
RETURNS smallint[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    size integer := coalesce(array_length(n, 1), 0);
    height integer := size / width;
    narrower boolean := wider IS NOT NULL;
    wider_state smallint[];
    blank boolean[] := array_fill(false, ARRAY[height]);
    any_blank boolean := false;
    inner_state smallint[];
    state smallint[] := '{}';
    line integer[] := '{}';   -- the lines of the reduced grid, by their place in n
    rn integer[] := '{}';
    rw integer[] := '{}';
    hidden integer := 0; total integer := 0; wider_total integer := 0;
    smallest integer; place integer; i integer; j integer;
BEGIN
    IF narrower THEN
        wider_state := suppress_cells(wider, NULL, width, floor);
    END IF;
    wider := coalesce(wider, n);
    IF suppress_small(n[size], wider[size], floor) THEN
        RETURN array_fill(2::smallint, ARRAY[size - 1]) || (CASE WHEN n[size] < floor THEN 1 ELSE 2 END)::smallint;
    END IF;
    FOR i IN 1..height - 1 LOOP
        blank[i] := suppress_small(n[i * width], wider[i * width], floor) OR narrower AND wider_state[i * width] <> 0;
        any_blank := any_blank OR blank[i];
        IF blank[i] AND n[i * width] > 0 THEN
            hidden := hidden + 1; total := total + n[i * width]; wider_total := wider_total + wider[i * width];
        END IF;
    END LOOP;
    WHILE hidden > 0 AND (hidden < 2 OR total < 2 * floor OR suppress_small(total, wider_total, floor)) LOOP
        smallest := NULL;
        FOR i IN 1..height - 1 LOOP
            IF NOT blank[i] AND n[i * width] > 0 AND (smallest IS NULL OR n[i * width] < n[smallest * width]) THEN
                smallest := i;
            END IF;
        END LOOP;
        EXIT WHEN smallest IS NULL;
        blank[smallest] := true;
        hidden := hidden + 1; total := total + n[smallest * width]; wider_total := wider_total + wider[smallest * width];
    END LOOP;

    FOR i IN 1..height LOOP
        CONTINUE WHEN blank[i];
        IF i = height AND any_blank THEN
            FOR j IN 1..width LOOP
                rn := rn || (SELECT sum(n[(b - 1) * width + j])::integer FROM generate_series(1, height - 1) b WHERE blank[b]);
                rw := rw || (SELECT sum(wider[(b - 1) * width + j])::integer FROM generate_series(1, height - 1) b WHERE blank[b]);
            END LOOP;
            line := line || 0;
        END IF;
        line := line || i;
        rn := rn || n[(i - 1) * width + 1:i * width];
        rw := rw || wider[(i - 1) * width + 1:i * width];
    END LOOP;
    IF NOT narrower OR NOT any_blank AND 0 = ALL (wider_state) THEN
        inner_state := suppress_rectangles(rn, rw, width, floor, any_blank);
    END IF;
    IF narrower AND (inner_state IS NULL OR NOT 0 = ALL (inner_state)) THEN
        FOR i IN 1..array_length(rn, 1) LOOP
            inner_state[i] := CASE WHEN i % width = 0 THEN 0 ELSE 2 END;
        END LOOP;
    END IF;
    FOR i IN 1..height LOOP
        place := array_position(line, i);
        IF place IS NULL THEN
            state := state || array_fill(2::smallint, ARRAY[width]);
        ELSE
            state := state || inner_state[(place - 1) * width + 1:place * width];
        END IF;
    END LOOP;
    RETURN state;
END $$;
-- +goose StatementEnd

-- Of the yearly table too: a figure that is part of another is held back where the rest
-- is small.
ALTER FUNCTION figure(date) RENAME TO figure_counted;
-- +goose StatementBegin
CREATE FUNCTION figure(today date)
RETURNS TABLE (id bigint, code text, name text, value double precision, shown text, unit text, definition text, source text, as_of date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
WITH counted AS MATERIALIZED (
    SELECT f.* FROM figure_counted(today) f
), setting AS (
    SELECT coalesce((SELECT p.value::integer FROM parameter p WHERE p.name = 'small_cell'), 5) AS floor
), told AS (
    SELECT DISTINCT part.code
    FROM (VALUES ('LEFT_BEHIND_SAME_CITY', 'LEFT_BEHIND_3'), ('LEFT_BEHIND_AND_HARDSHIP', 'LEFT_BEHIND_3'),
                 ('LEFT_BEHIND_AND_HARDSHIP', 'HARDSHIP'), ('DE_FACTO_UNATTENDED', 'HARDSHIP')) AS n (part, whole)
    JOIN counted part ON part.code = n.part
    JOIN counted whole ON whole.code = n.whole
    CROSS JOIN setting s
    WHERE part.value > 0 AND whole.value - part.value BETWEEN 1 AND s.floor - 1
)
SELECT c.id, c.code, c.name, CASE WHEN t.code IS NULL THEN c.value END, CASE WHEN t.code IS NULL THEN c.shown ELSE '*' END,
    c.unit, c.definition, c.source, c.as_of
FROM counted c LEFT JOIN told t ON t.code = c.code
ORDER BY c.id
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION figure IS 'The yearly table as printed: what figure_counted prints, without a part whose rest is small.';
REVOKE ALL ON FUNCTION figure_counted(date) FROM PUBLIC;

DELETE FROM count_kept;
