-- grad(norm2(X*w - y)^2 + c*norm2(w)^2, w)'*p
--
-- Table samples, a row for each sample:
--   X_1, X_2, X_3: m x 3
--   y: m
-- Table parameters, one row:
--   c: a number
--   w_1, w_2, w_3: 3
--   p_1, p_2, p_3: 3
--
-- View evaluate, one row with a column for each entry:
--   value: a number: 2*(c*w + X'*(X*w - y))'*p
--   gradient_w: 3: 2*(c*p + X'*X*p)
CREATE OR REPLACE VIEW evaluate AS
WITH
checked AS MATERIALIZED (
  SELECT CASE
    WHEN count(*) <> 1 OR count(parameters.c) <> 1 THEN CAST(concat('c must be numbers in one row of parameters, not in ', count(*), ' rows') AS INTEGER)
    WHEN count(*) <> 1 OR count(parameters.w_1) <> 1 OR count(parameters.w_2) <> 1 OR count(parameters.w_3) <> 1 THEN CAST(concat('w must be numbers in one row of parameters, not in ', count(*), ' rows') AS INTEGER)
    WHEN count(*) <> 1 OR count(parameters.p_1) <> 1 OR count(parameters.p_2) <> 1 OR count(parameters.p_3) <> 1 THEN CAST(concat('p must be numbers in one row of parameters, not in ', count(*), ' rows') AS INTEGER)
    ELSE 0 END AS problems
  FROM parameters
),
sums1 AS MATERIALIZED (
  SELECT
    coalesce(sum(CAST(a1 * a2 AS DOUBLE PRECISION)), 0) AS s1,
    coalesce(sum(CAST(a1 * a3 AS DOUBLE PRECISION)), 0) AS s2,
    coalesce(sum(CAST(a1 * a4 AS DOUBLE PRECISION)), 0) AS s3,
    coalesce(sum(CAST(a2 * a5 AS DOUBLE PRECISION)), 0) AS s4,
    coalesce(sum(CAST(a3 * a5 AS DOUBLE PRECISION)), 0) AS s5,
    coalesce(sum(CAST(a4 * a5 AS DOUBLE PRECISION)), 0) AS s6,
    coalesce(sum(a6), 0) AS s7,
    coalesce(sum(a7), 0) AS s8
  FROM (
    SELECT
      samples.y - (parameters.w_1 * samples.X_1 + parameters.w_2 * samples.X_2 + parameters.w_3 * samples.X_3) AS a1,
      samples.X_1 AS a2,
      samples.X_2 AS a3,
      samples.X_3 AS a4,
      samples.X_1 * parameters.p_1 + samples.X_2 * parameters.p_2 + samples.X_3 * parameters.p_3 AS a5,
      CASE WHEN samples.X_1 IS NULL OR samples.X_2 IS NULL OR samples.X_3 IS NULL THEN 1e0 ELSE 0e0 END AS a6,
      CASE WHEN samples.y IS NULL THEN 1e0 ELSE 0e0 END AS a7
    FROM samples
    CROSS JOIN parameters
    OFFSET 0
  ) AS levels
)
SELECT
  -2 * ((sums1.s1 - parameters.c * parameters.w_1) * parameters.p_1 + (sums1.s2 - parameters.c * parameters.w_2) * parameters.p_2 + (sums1.s3 - parameters.c * parameters.w_3) * parameters.p_3) AS value,
  2 * (sums1.s4 + parameters.c * parameters.p_1) AS gradient_w_1,
  2 * (sums1.s5 + parameters.c * parameters.p_2) AS gradient_w_2,
  2 * (sums1.s6 + parameters.c * parameters.p_3) AS gradient_w_3
FROM sums1
CROSS JOIN parameters
CROSS JOIN checked
WHERE checked.problems = 0
  AND CASE WHEN sums1.s7 > 0 THEN CAST(concat('X must be numbers in samples, not NULL in ', sums1.s7, ' rows') AS INTEGER) ELSE 0 END = 0
  AND CASE WHEN sums1.s8 > 0 THEN CAST(concat('y must be numbers in samples, not NULL in ', sums1.s8, ' rows') AS INTEGER) ELSE 0 END = 0;
