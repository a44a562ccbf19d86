-- Statistics as the leaders and the yearly reply need them: every number with
-- its definition, unit, source and date, and no cell that points at a child.
-- Also the marker of a database that was filled by the demo district.

-- +goose Up
CREATE TABLE demo_fill (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    seed bigint NOT NULL,
    scale text NOT NULL,
    left_behind integer NOT NULL,
    log_entries integer NOT NULL,
    today date NOT NULL,
    log_complete boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE demo_fill IS 'One row when the database holds the made-up demo district, with what it was made from.';

-- The children of a population on a day. Shielded children stay in the counts.
-- +goose StatementBegin
CREATE FUNCTION counted_children(today date, population text)
RETURNS TABLE (child_id bigint, township_id bigint, birth_date date, sex text) LANGUAGE sql STABLE AS $$
SELECT c.id, c.residence_township_id, c.birth_date, c.sex
FROM child c
JOIN registration r ON r.child_id = c.id
WHERE population IN ('LEFT_BEHIND_3', 'LEFT_BEHIND_6') AND r.status = 'REGISTERED' AND r.left_behind
  AND today < c.birth_date + interval '16 years'
  AND r.left_behind_since <= today - CASE population WHEN 'LEFT_BEHIND_3' THEN interval '3 months'
                                                      ELSE interval '6 months' END
UNION ALL
SELECT c.id, c.residence_township_id, c.birth_date, c.sex
FROM child c
JOIN registration r ON r.child_id = c.id
WHERE population = 'HARDSHIP' AND r.status = 'REGISTERED' AND 'HARDSHIP' = ANY (r.kinds)
  AND today < c.birth_date + interval '18 years'
UNION ALL
SELECT c.id, c.residence_township_id, c.birth_date, c.sex
FROM child c
JOIN enrolment e ON e.child_id = c.id AND e.current
WHERE population = 'EDUCATION_FLAG' AND e.edu_left_behind_flag
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION count_definition(population text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE population
    WHEN 'LEFT_BEHIND_3' THEN '民政登记在册、未满16周岁，父母双方跨县域外出连续3个月及以上，或一方外出3个月及以上且另一方无监护能力（湖北2024年口径）'
    WHEN 'LEFT_BEHIND_6' THEN '民政登记在册、未满16周岁，父母双方外出连续6个月及以上，或一方外出6个月及以上且另一方无监护能力（2024年全国摸底口径）'
    WHEN 'HARDSHIP' THEN '民政登记在册、未满18周岁的困境儿童，与留守儿童有交叉'
    WHEN 'EDUCATION_FLAG' THEN '学校在学籍中标注为留守的在籍学生（教育口径，与民政口径并列，不作合并）'
    END
$$;
-- +goose StatementEnd

-- The groups of a dimension, in the order of its enum; UNKNOWN is 未采集.
-- +goose StatementBegin
CREATE FUNCTION count_groups(dimension text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
SELECT CASE dimension
    WHEN 'AGE_BAND' THEN ARRAY['AGE_0_5', 'AGE_6_13', 'AGE_14_15', 'AGE_16_17', 'ADULT']
    WHEN 'SEX' THEN ARRAY['MALE', 'FEMALE', 'UNKNOWN', 'UNSPECIFIED']
    WHEN 'RISK_LEVEL' THEN ARRAY['GREEN', 'YELLOW', 'ORANGE', 'RED', 'UNKNOWN']
    WHEN 'GUARDIANSHIP' THEN ARRAY['PARENTS', 'GRANDPARENTS', 'OTHER_KIN', 'CIVIL_AFFAIRS', 'NONE', 'OTHER', 'UNKNOWN']
    WHEN 'SCHOOLING' THEN ARRAY['PRESCHOOL', 'STUDYING', 'OUT_OF_SCHOOL', 'GRADUATED', 'OTHER', 'UNKNOWN']
    END
$$;
-- +goose StatementEnd

-- A grid of counts row by row: townships by code, groups, and the totals as last
-- column and last row.
-- +goose StatementBegin
CREATE FUNCTION count_grid(today date, population text, dimension text) RETURNS integer[] LANGUAGE sql STABLE AS $$
WITH member AS (
    SELECT p.township_id, coalesce(CASE dimension
        WHEN 'AGE_BAND' THEN age_band(p.birth_date, today)
        WHEN 'SEX' THEN p.sex
        WHEN 'RISK_LEVEL' THEN r.risk_level
        WHEN 'GUARDIANSHIP' THEN g.kind
        WHEN 'SCHOOLING' THEN academic_status(e.status, e.stage)
        END, 'UNKNOWN') AS category
    FROM counted_children(today, population) p
    LEFT JOIN registration r ON dimension = 'RISK_LEVEL' AND r.child_id = p.child_id
    LEFT JOIN guardianship g ON dimension = 'GUARDIANSHIP' AND g.child_id = p.child_id
    LEFT JOIN enrolment e ON dimension = 'SCHOOLING' AND e.child_id = p.child_id AND e.current
), cell AS MATERIALIZED (
    SELECT township_id, category, count(*) AS n FROM member GROUP BY township_id, category
), line AS (
    SELECT d.id, d.code FROM division d WHERE d.level = 'TOWNSHIP' UNION ALL SELECT NULL, NULL
), category AS (
    SELECT g.name, g.n FROM unnest(count_groups(dimension)) WITH ORDINALITY AS g (name, n) UNION ALL SELECT NULL, 99
)
SELECT array_agg(coalesce((
        SELECT sum(c.n) FROM cell c
        WHERE (l.id IS NULL OR c.township_id = l.id) AND (g.name IS NULL OR c.category = g.name)), 0)::integer
    ORDER BY l.code NULLS LAST, g.n)
FROM line l CROSS JOIN category g
$$;
-- +goose StatementEnd

-- Which cells of a grid may be printed: 0 printed, 1 held back as small, 2 held
-- back so that a small one cannot be worked out.
--
-- A count is small when it is 1 to floor-1, or when it differs by as few from the
-- same count of the wider population.
--
-- First the townships: those with a small total print nothing at all, together
-- with as many of the smallest others as it takes to hide them in a sum that is
-- not small. This depends on the totals alone, so that it is the same in every
-- dimension. Then the groups, with the blank townships as one line whose sum a
-- reader can work out: every small count becomes the corner of a rectangle of
-- held-back counts along which one child can be moved while every printed
-- number, every total and every "<5" stays true. So no subtraction ends in one
-- value. Where no such rectangle exists only the totals of townships are printed.
-- +goose StatementBegin
CREATE FUNCTION suppress_cells(n integer[], wider integer[], width integer, floor integer)
RETURNS smallint[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    size integer := coalesce(array_length(n, 1), 0);
    height integer := size / width;
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
    wider := coalesce(wider, n);
    IF suppress_small(n[size], wider[size], floor) THEN
        RETURN array_fill(2::smallint, ARRAY[size - 1]) || (CASE WHEN n[size] < floor THEN 1 ELSE 2 END)::smallint;
    END IF;
    FOR i IN 1..height - 1 LOOP
        blank[i] := suppress_small(n[i * width], wider[i * width], floor);
        IF blank[i] THEN
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

    any_blank := hidden > 0;
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
    inner_state := suppress_rectangles(rn, rw, width, floor, any_blank);
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

-- +goose StatementBegin
CREATE FUNCTION suppress_small(n integer, wider integer, floor integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
SELECT n BETWEEN 1 AND floor - 1 OR n > 0 AND wider - n BETWEEN 1 AND floor - 1
$$;
-- +goose StatementEnd

-- The second half of suppress_cells, for a grid whose totals of lines are all
-- known. With a merged line, the last but one, its counts carry no mark at all.
-- +goose StatementBegin
CREATE FUNCTION suppress_rectangles(n integer[], wider integer[], width integer, floor integer, merged boolean)
RETURNS smallint[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    size integer := array_length(n, 1);
    height integer := size / width;
    free integer := CASE WHEN merged THEN height - 1 ELSE 0 END;
    state smallint[] := array_fill(0::smallint, ARRAY[size]);
    p integer; q integer; r integer; d integer;
    i integer; j integer; i2 integer; j2 integer;
    down integer; cost bigint; best bigint; best_q integer; best_r integer; best_d integer;
BEGIN
    FOR p IN 1..size LOOP
        IF p % width <> 0 AND suppress_small(n[p], wider[p], floor) THEN
            state[p] := CASE WHEN n[p] < floor AND (p - 1) / width + 1 <> free THEN 1 ELSE 2 END;
        END IF;
    END LOOP;
    FOR p IN 1..size LOOP
        CONTINUE WHEN p % width = 0 OR NOT suppress_small(n[p], wider[p], floor);
        i := (p - 1) / width + 1;
        j := (p - 1) % width + 1;
        best := NULL;
        <<search>>
        FOR i2 IN 1..height LOOP
            q := (i2 - 1) * width + j;
            CONTINUE WHEN i2 = i OR n[q] = 0 AND i2 <> free;
            down := CASE WHEN (i = height) = (i2 = height) THEN -1 ELSE 1 END;
            FOR j2 IN 1..width - 1 LOOP
                r := (i - 1) * width + j2;
                d := (i2 - 1) * width + j2;
                CONTINUE WHEN j2 = j OR n[r] = 0 AND i <> free OR n[d] = 0 AND i2 <> free;
                cost := suppress_cost(n[q], state[q], i2, height, free) + suppress_cost(n[r], state[r], i, height, free)
                    + suppress_cost(n[d], state[d], i2, height, free);
                CONTINUE WHEN best IS NOT NULL AND cost >= best;
                FOR step IN -1..1 LOOP
                    CONTINUE WHEN step = 0;
                    IF suppress_moves(n[p], step, state[p], floor, i = free)
                        AND suppress_moves(n[q], down * step, state[q], floor, i2 = free)
                        AND suppress_moves(n[r], -step, state[r], floor, i = free)
                        AND suppress_moves(n[d], -down * step, state[d], floor, i2 = free) THEN
                        best := cost;
                        best_q := q; best_r := r; best_d := d;
                        EXIT;
                    END IF;
                END LOOP;
                EXIT search WHEN best = 0;
            END LOOP;
        END LOOP;
        IF best IS NULL THEN
            FOR q IN 1..size LOOP
                state[q] := CASE WHEN q % width = 0 THEN 0 ELSE 2 END;
            END LOOP;
            RETURN state;
        END IF;
        IF state[best_q] = 0 THEN state[best_q] := 2; END IF;
        IF state[best_r] = 0 THEN state[best_r] := 2; END IF;
        IF state[best_d] = 0 THEN state[best_d] := 2; END IF;
    END LOOP;
    RETURN state;
END $$;
-- +goose StatementEnd

-- What holding a count back costs: nothing if it is held back anyway or stands in
-- the merged line, most in the district's own totals.
-- +goose StatementBegin
CREATE FUNCTION suppress_cost(n integer, state smallint, i integer, height integer, free integer) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN state <> 0 OR i = free THEN 0 WHEN i = height THEN 10000000 + n ELSE 1000000 + n END::bigint
$$;
-- +goose StatementEnd

-- Whether a held-back count could as well be step more, as far as a reader knows:
-- "<5" is 1 to floor-1, "*" is floor or more, and a blank line tells nothing.
-- +goose StatementBegin
CREATE FUNCTION suppress_moves(n integer, step integer, state smallint, floor integer, free boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN free THEN n + step >= 0 WHEN state = 1 THEN n + step BETWEEN 1 AND floor - 1 ELSE n + step >= floor END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION child_counts(today date, population text, dimension text)
RETURNS TABLE (id bigint, township_code text, township text, category text, value integer, shown text,
    definition text, as_of date) LANGUAGE sql STABLE AS $$
WITH setting AS (
    SELECT coalesce((SELECT p.value::integer FROM parameter p WHERE p.name = 'small_cell'), 5) AS floor,
           cardinality(count_groups(dimension)) + 1 AS width
), grid AS MATERIALIZED (
    SELECT count_grid(today, population, dimension) AS n,
           CASE population WHEN 'LEFT_BEHIND_6' THEN count_grid(today, 'LEFT_BEHIND_3', dimension) END AS wider
), held AS MATERIALIZED (
    SELECT suppress_cells(g.n, g.wider, s.width, s.floor) AS state FROM grid g CROSS JOIN setting s
), line AS (
    SELECT row_number() OVER (ORDER BY d.level = 'DISTRICT', d.code) AS i, d.code, d.name
    FROM division d WHERE d.level IN ('TOWNSHIP', 'DISTRICT')
), category AS (
    SELECT g.name, g.n AS j FROM unnest(count_groups(dimension) || 'TOTAL'::text) WITH ORDINALITY AS g (name, n)
), cell AS (
    SELECT (l.i - 1) * s.width + c.j AS place, l.code, l.name, c.name AS category, s.floor
    FROM line l CROSS JOIN category c CROSS JOIN setting s
)
SELECT c.place, c.code, c.name, c.category,
       CASE WHEN h.state[c.place] = 0 THEN g.n[c.place] END,
       CASE h.state[c.place] WHEN 0 THEN g.n[c.place]::text WHEN 1 THEN '<' || c.floor ELSE '*' END,
       count_definition(population), today
FROM cell c CROSS JOIN grid g CROSS JOIN held h
ORDER BY c.place
$$;
-- +goose StatementEnd

-- The yearly table. Work done (events, sessions, attendances) is counted over the
-- year up to the data date of the latest reply; what stands is counted today.
-- +goose StatementBegin
CREATE FUNCTION figure(today date)
RETURNS TABLE (id bigint, code text, name text, value double precision, shown text, unit text,
    definition text, source text, as_of date) LANGUAGE sql STABLE AS $$
WITH reply AS (
    SELECT p.number, p.handling_class, p.data_date FROM proposal_reply p
    WHERE p.data_date <= today ORDER BY p.data_date DESC, p.id DESC LIMIT 1
), period AS (
    SELECT coalesce((SELECT data_date FROM reply), today) AS until,
           coalesce((SELECT data_date FROM reply), today) - 365 AS since,
           coalesce((SELECT p.value::integer FROM parameter p WHERE p.name = 'small_cell'), 5) AS floor
), worker AS (
    SELECT DISTINCT p.role, p.staff_id,
           EXISTS (SELECT 1 FROM training_record t WHERE t.staff_id = p.staff_id AND t.trained_on <= today) AS trained
    FROM post p
    WHERE p.role IN ('SUP', 'DIR') AND p.valid_from <= today AND (p.valid_to IS NULL OR p.valid_to >= today)
), done AS (
    SELECT count(*) AS n, count(*) FILTER (WHERE v.mode = 'HOME') AS home,
           count(*) FILTER (WHERE v.visited_on <= v.planned_on) AS on_time
    FROM visit v WHERE v.visited_on > today - 365 AND v.visited_on <= today
), registered AS (
    SELECT (SELECT count(*) FROM counted_children(today, 'LEFT_BEHIND_3')) AS n3,
           (SELECT count(*) FROM counted_children(today, 'LEFT_BEHIND_6')) AS n6,
           (SELECT count(*) FROM counted_children(today, 'HARDSHIP')) AS hardship,
           (SELECT count(*) FROM counted_children(today, 'EDUCATION_FLAG')) AS flagged,
           (SELECT count(*) FROM counted_children(today, 'LEFT_BEHIND_3') a
                JOIN counted_children(today, 'HARDSHIP') b ON b.child_id = a.child_id) AS overlap,
           (SELECT count(*) FROM counted_children(today, 'HARDSHIP') h JOIN registration r ON r.child_id = h.child_id
                WHERE 'DE_FACTO_UNATTENDED' = ANY (r.hardship_groups)) AS unattended,
           (SELECT count(*) FROM counted_children(today, 'LEFT_BEHIND_3') a WHERE NOT EXISTS (
                SELECT 1 FROM guardian g WHERE g.child_id = a.child_id AND g.away_since IS NOT NULL
                AND g.workplace_city IS DISTINCT FROM '武汉市')) AS same_city
), item (id, code, name, n, tail, unit, person, definition, source, as_of) AS (
    SELECT 1, 'PROPOSAL_NUMBER', '提案编号', (SELECT number FROM reply)::double precision, '', '号', false,
           '答复所对应的政协提案编号', 'CIVIL_AFFAIRS', p.until FROM period p
    UNION ALL SELECT 3, 'SUPERVISORS_IN_POST', '在岗儿童督导员', count(*), '', '人', false,
           '数据日期当日任职有效的儿童督导员人数（按人去重）', 'CIVIL_AFFAIRS', today FROM worker WHERE role = 'SUP'
    UNION ALL SELECT 4, 'DIRECTORS_IN_POST', '在岗儿童主任', count(*), '', '人', false,
           '数据日期当日任职有效的村（社区）儿童主任（儿童福利主任）人数（按人去重）', 'CIVIL_AFFAIRS', today FROM worker WHERE role = 'DIR'
    UNION ALL SELECT 5, 'VILLAGES_WITHOUT_DIRECTOR', '儿童主任空缺村（社区）', count(*), '', '个', false,
           '数据日期当日没有在岗儿童主任的村（社区）数', 'CIVIL_AFFAIRS', today FROM division d
        WHERE d.level = 'VILLAGE' AND NOT EXISTS (SELECT 1 FROM post p WHERE p.division_id = d.id AND p.role = 'DIR'
            AND p.valid_from <= today AND (p.valid_to IS NULL OR p.valid_to >= today))
    UNION ALL SELECT 6, 'TRAINED_SUPERVISORS', '儿童督导员培训覆盖率',
           round(100.0 * count(*) FILTER (WHERE trained) / nullif(count(*), 0), 1), '%', '%', false,
           '在岗儿童督导员中已参加培训的人数 ÷ 同日在岗人数', 'CIVIL_AFFAIRS', today FROM worker WHERE role = 'SUP'
    UNION ALL SELECT 7, 'TRAINED_DIRECTORS', '儿童主任培训覆盖率',
           round(100.0 * count(*) FILTER (WHERE trained) / nullif(count(*), 0), 1), '%', '%', false,
           '在岗儿童主任中已参加培训的人数 ÷ 同日在岗人数', 'CIVIL_AFFAIRS', today FROM worker WHERE role = 'DIR'
    UNION ALL SELECT 8, 'GROUP_EVENTS', '心理健康团体活动', count(*), '', '场', false,
           '截至数据日期近一年举办的团辅、讲座等团体活动场数', 'CIVIL_AFFAIRS', max(p.until)
        FROM period p LEFT JOIN group_session g ON g.held_on > p.since AND g.held_on <= p.until HAVING count(g.id) > 0
    UNION ALL SELECT 9, 'COUNSELLING_SESSIONS', '专业心理辅导', count(s.id), '', '次', false,
           '截至数据日期近一年开展的专业心理辅导次数（一次可有多名儿童分别接受一对一辅导）', 'CIVIL_AFFAIRS', max(p.until)
        FROM period p LEFT JOIN counselling_session s ON s.held_on > p.since AND s.held_on <= p.until
    UNION ALL SELECT 10, 'COUNSELLING_ATTENDANCES', '一对一线下心理咨询', count(a.id), '', '人次', true,
           '截至数据日期近一年一对一线下心理咨询的人次，同一儿童多次咨询重复计；不是人数', 'CIVIL_AFFAIRS', max(p.until)
        FROM period p LEFT JOIN counselling_attendance a ON a.mode = 'IN_PERSON' AND a.attended_on > p.since AND a.attended_on <= p.until
    UNION ALL SELECT 11, 'COUNSELLING_CHILDREN', '接受一对一线下心理咨询的儿童', count(DISTINCT a.child_id), '', '人', true,
           '上述人次所涉及的儿童人数，同一儿童只计一次', 'CIVIL_AFFAIRS', max(p.until)
        FROM period p LEFT JOIN counselling_attendance a ON a.mode = 'IN_PERSON' AND a.attended_on > p.since AND a.attended_on <= p.until
    UNION ALL SELECT 12, 'LEFT_BEHIND_3', '登记留守儿童（3个月口径）', n3, '', '人', true, count_definition('LEFT_BEHIND_3'), 'CIVIL_AFFAIRS', today FROM registered
    UNION ALL SELECT 13, 'LEFT_BEHIND_6', '登记留守儿童（6个月口径）', n6, '', '人', true, count_definition('LEFT_BEHIND_6'), 'CIVIL_AFFAIRS', today FROM registered
    UNION ALL SELECT 14, 'LEFT_BEHIND_SAME_CITY', '其中外出父母均在武汉市内的', same_city, '', '人', true,
           '3个月口径登记留守儿童中，外出父母的务工地均在武汉市内的人数；市内跨区是否计入由区级参数 same_city_cross_district_counts 确定，此处单列不扣除',
           'CIVIL_AFFAIRS', today FROM registered
    UNION ALL SELECT 15, 'HARDSHIP', '登记困境儿童', hardship, '', '人', true, count_definition('HARDSHIP'), 'CIVIL_AFFAIRS', today FROM registered
    UNION ALL SELECT 16, 'LEFT_BEHIND_AND_HARDSHIP', '既是留守又是困境的儿童', overlap, '', '人', true,
           '同时列入3个月口径留守儿童和困境儿童的人数，两项合计时须扣除', 'CIVIL_AFFAIRS', today FROM registered
    UNION ALL SELECT 17, 'DE_FACTO_UNATTENDED', '事实无人抚养儿童', unattended, '', '人', true,
           '登记困境儿童中认定为事实无人抚养儿童的人数', 'CIVIL_AFFAIRS', today FROM registered
    UNION ALL SELECT 18, 'EDUCATION_FLAG', '学校标注留守学生', flagged, '', '人', true, count_definition('EDUCATION_FLAG'), 'EDUCATION', today FROM registered
    UNION ALL SELECT 19, 'VISITS_YEAR', '近一年走访', n, '', '次', false, '截至数据日期近一年已完成的走访次数（入户、电话、视频、到校）', 'CIVIL_AFFAIRS', today FROM done
    UNION ALL SELECT 20, 'VISITS_AT_HOME', '入户走访占比', round(100.0 * home / nullif(n, 0), 1), '%', '%', false, '近一年已完成走访中入户走访所占比例', 'CIVIL_AFFAIRS', today FROM done
    UNION ALL SELECT 21, 'VISITS_ON_TIME', '走访按期率', round(100.0 * on_time / nullif(n, 0), 1), '%', '%', false, '近一年已完成走访中不晚于计划日期完成的比例', 'CIVIL_AFFAIRS', today FROM done
    UNION ALL SELECT 22, 'PAIRINGS', '在结爱心妈妈对子', count(*), '', '对', true, '数据日期当日未结束的结对数', 'WOMENS_FEDERATION', today
        FROM pairing p WHERE p.started_on <= today AND (p.ended_on IS NULL OR p.ended_on > today)
    UNION ALL SELECT 23, 'FAMILY_EDUCATION', '家庭教育指导', count(*), '', '人次', true, '近一年家庭教育指导的儿童家庭人次', 'WOMENS_FEDERATION', today
        FROM family_education_record f WHERE f.held_on > today - 365 AND f.held_on <= today
    UNION ALL SELECT 24, 'DROPOUT_ALERTS', '控辍保学预警', count(*), '', '件', true, '近一年发现的控辍保学预警件数', 'EDUCATION', today
        FROM dropout_case d WHERE d.found_on > today - 365 AND d.found_on <= today
    UNION ALL SELECT 25, 'RELIEF_APPLICATIONS', '临时救助申请', count(*), '', '件', true, '近一年受理的涉儿童临时救助申请件数', 'CIVIL_AFFAIRS', today
        FROM relief_application a WHERE a.applied_on > today - 365 AND a.applied_on <= today
    UNION ALL SELECT 26, 'PSYCH_REFERRALS', '心理转介', count(*), '', '人次', true, '近一年发起的心理转介人次', 'EDUCATION', today
        FROM psych_referral r WHERE r.opened_on > today - 365 AND r.opened_on <= today
    UNION ALL SELECT 27, 'MANDATORY_REPORTS', '强制报告', count(*), '', '件', true, '近一年收到的强制报告件数（含查无实据）', 'CIVIL_AFFAIRS', today
        FROM mandatory_report m WHERE m.received_on > today - 365 AND m.received_on <= today
    UNION ALL SELECT 28, 'VACCINES_DUE', '待补种儿童', count(*), '', '人', true, '预防接种状态为待补种的在册儿童人数', 'HEALTH', today
        FROM health h JOIN registration r ON r.child_id = h.child_id WHERE h.immunisation = 'DUE' AND r.status = 'REGISTERED'
    UNION ALL SELECT 29, 'ACTIVITY_SITES', '儿童之家阵地', count(*), '', '个', false, '儿童之家、妇女儿童之家阵地数', 'WOMENS_FEDERATION', today FROM activity_site
)
SELECT i.id, i.code, i.name,
       CASE WHEN i.held THEN NULL ELSE i.n END,
       CASE WHEN NOT i.held THEN coalesce(trim_scale(i.n::numeric)::text || i.tail, '—')
            WHEN i.n < p.floor THEN '<' || p.floor ELSE '*' END,
       i.unit, i.definition, i.source, i.as_of
FROM period p CROSS JOIN LATERAL (
    SELECT x.*, x.person AND (x.n BETWEEN 1 AND p.floor - 1
        OR x.code = 'LEFT_BEHIND_6' AND (SELECT n3 - n6 FROM registered) BETWEEN 1 AND p.floor - 1) AS held
    FROM item x) i
UNION ALL
SELECT 2, 'HANDLING_CLASS', '办理类别', NULL, coalesce((SELECT handling_class FROM reply), '—'), '类',
       '提案答复的办理类别', 'CIVIL_AFFAIRS', p.until FROM period p
ORDER BY 1
$$;
-- +goose StatementEnd
