-- sum(log(exp(-y.*(X*w)) + vector(1)))
--
-- Table samples, a row for each sample:
--   X_1, X_2, X_3: m x 3
--   y: m
-- Table parameters, one row:
--   w_1, w_2, w_3: 3
--
-- View evaluate, one row with a column for each entry:
--   value: a number: sum(softplus(-y.*(X*w)))
--   gradient_w: 3: -X'*(y.*sigmoid(-y.*(X*w)))
CREATE OR REPLACE VIEW evaluate AS
WITH
checked AS MATERIALIZED (
  SELECT CASE
    WHEN count(*) <> 1 OR count(parameters.w_1) <> 1 OR count(parameters.w_2) <> 1 OR count(parameters.w_3) <> 1 THEN CAST(concat('w must be numbers in one row of parameters, not in ', count(*), ' rows') AS INTEGER)
    ELSE 0 END AS problems
  FROM parameters
),
sums1 AS MATERIALIZED (
  SELECT
    coalesce(sum(a9), 0) AS s1,
    coalesce(sum(a5 * a6), 0) AS s2,
    coalesce(sum(a5 * a7), 0) AS s3,
    coalesce(sum(a5 * a8), 0) AS s4,
    coalesce(sum(a10), 0) AS s5,
    coalesce(sum(a11), 0) AS s6
  FROM (
    SELECT
      a6,
      a7,
      a8,
      a10,
      a11,
      a4 * CASE WHEN a2 >= 0 THEN 1 / (1 + a3) ELSE a3 / (1 + a3) END AS a5,
      greatest(a2, 0) + 2 * atanh(a3 / (2 + a3)) AS a9
    FROM (
      SELECT
        a4,
        a6,
        a7,
        a8,
        a10,
        a11,
        a2,
        CASE WHEN abs(a2) < 745 THEN exp(-abs(a2)) WHEN abs(a2) <= CAST('Infinity' AS DOUBLE PRECISION) THEN 0 ELSE a2 END AS a3
      FROM (
        SELECT a4, a6, a7, a8, a10, a11, CAST(-a1 AS DOUBLE PRECISION) AS a2
        FROM (
          SELECT
            (parameters.w_1 * samples.X_1 + parameters.w_2 * samples.X_2 + parameters.w_3 * samples.X_3) * samples.y AS a1,
            samples.y AS a4,
            samples.X_1 AS a6,
            samples.X_2 AS a7,
            samples.X_3 AS a8,
            CASE WHEN samples.X_1 IS NULL OR samples.X_2 IS NULL OR samples.X_3 IS NULL THEN 1e0 ELSE 0e0 END AS a10,
            CASE WHEN samples.y IS NULL THEN 1e0 ELSE 0e0 END AS a11
          FROM samples
          CROSS JOIN parameters
          OFFSET 0
        ) AS levels
        OFFSET 0
      ) AS levels
      OFFSET 0
    ) AS levels
    OFFSET 0
  ) AS levels
)
SELECT
  sums1.s1 AS value,
  -sums1.s2 AS gradient_w_1,
  -sums1.s3 AS gradient_w_2,
  -sums1.s4 AS gradient_w_3
FROM sums1
CROSS JOIN checked
WHERE checked.problems = 0
  AND CASE WHEN sums1.s5 > 0 THEN CAST(concat('X must be numbers in samples, not NULL in ', sums1.s5, ' rows') AS INTEGER) ELSE 0 END = 0
  AND CASE WHEN sums1.s6 > 0 THEN CAST(concat('y must be numbers in samples, not NULL in ', sums1.s6, ' rows') AS INTEGER) ELSE 0 END = 0;
