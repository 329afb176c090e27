-- norm2(T - U*V')^2
--
-- Table samples, a row for each sample:
--   T_1, T_2, T_3: m x 3
--   U_1, U_2: m x 2
--   i: its number, from 1
-- Table parameters, one row:
--   V_1_1, V_1_2, V_2_1, V_2_2, V_3_1, V_3_2: 3 x 2
--
-- View evaluate, one row with a column for each entry:
--   value: a number: norm2(T - U*V')^2
--   gradient_V: 3 x 2: 2*(U*V' - T)'*U
-- View evaluate_samples, a row i for each sample:
--   gradient_U: m x 2: 2*(U*V' - T)*V
CREATE OR REPLACE VIEW evaluate AS
WITH
checked AS MATERIALIZED (
  SELECT CASE
    WHEN count(*) <> 1 OR count(parameters.V_1_1) <> 1 OR count(parameters.V_1_2) <> 1 OR count(parameters.V_2_1) <> 1 OR count(parameters.V_2_2) <> 1 OR count(parameters.V_3_1) <> 1 OR count(parameters.V_3_2) <> 1 THEN CAST(concat('V must be numbers in one row of parameters, not in ', count(*), ' rows') AS INTEGER)
    ELSE 0 END AS problems
  FROM parameters
),
sums1 AS MATERIALIZED (
  SELECT
    coalesce(sum(CAST(a1 * a1 + a2 * a2 + a3 * a3 AS DOUBLE PRECISION)), 0) AS s1,
    coalesce(sum(CAST(a4 * a1 AS DOUBLE PRECISION)), 0) AS s2,
    coalesce(sum(CAST(a4 * a2 AS DOUBLE PRECISION)), 0) AS s3,
    coalesce(sum(CAST(a4 * a3 AS DOUBLE PRECISION)), 0) AS s4,
    coalesce(sum(CAST(a5 * a1 AS DOUBLE PRECISION)), 0) AS s5,
    coalesce(sum(CAST(a5 * a2 AS DOUBLE PRECISION)), 0) AS s6,
    coalesce(sum(CAST(a5 * a3 AS DOUBLE PRECISION)), 0) AS s7,
    coalesce(sum(a6), 0) AS s8,
    coalesce(sum(a7), 0) AS s9
  FROM (
    SELECT
      samples.U_1 * parameters.V_1_1 + samples.U_2 * parameters.V_1_2 - samples.T_1 AS a1,
      samples.U_1 * parameters.V_2_1 + samples.U_2 * parameters.V_2_2 - samples.T_2 AS a2,
      samples.U_1 * parameters.V_3_1 + samples.U_2 * parameters.V_3_2 - samples.T_3 AS a3,
      samples.U_1 AS a4,
      samples.U_2 AS a5,
      CASE WHEN samples.T_1 IS NULL OR samples.T_2 IS NULL OR samples.T_3 IS NULL THEN 1e0 ELSE 0e0 END AS a6,
      CASE WHEN samples.U_1 IS NULL OR samples.U_2 IS NULL THEN 1e0 ELSE 0e0 END AS a7
    FROM samples
    CROSS JOIN parameters
    OFFSET 0
  ) AS levels
)
SELECT
  sums1.s1 AS value,
  2 * sums1.s2 AS gradient_V_1_1,
  2 * sums1.s5 AS gradient_V_1_2,
  2 * sums1.s3 AS gradient_V_2_1,
  2 * sums1.s6 AS gradient_V_2_2,
  2 * sums1.s4 AS gradient_V_3_1,
  2 * sums1.s7 AS gradient_V_3_2
FROM sums1
CROSS JOIN checked
WHERE checked.problems = 0
  AND CASE WHEN sums1.s8 > 0 THEN CAST(concat('T must be numbers in samples, not NULL in ', sums1.s8, ' rows') AS INTEGER) ELSE 0 END = 0
  AND CASE WHEN sums1.s9 > 0 THEN CAST(concat('U must be numbers in samples, not NULL in ', sums1.s9, ' rows') AS INTEGER) ELSE 0 END = 0;
CREATE OR REPLACE VIEW evaluate_samples AS
WITH
checked AS MATERIALIZED (
  SELECT CASE
    WHEN count(*) <> 1 OR count(parameters.V_1_1) <> 1 OR count(parameters.V_1_2) <> 1 OR count(parameters.V_2_1) <> 1 OR count(parameters.V_2_2) <> 1 OR count(parameters.V_3_1) <> 1 OR count(parameters.V_3_2) <> 1 THEN CAST(concat('V must be numbers in one row of parameters, not in ', count(*), ' rows') AS INTEGER)
    ELSE 0 END AS problems
  FROM parameters
)
SELECT
  i,
  CAST(2 * (a2 * a1 + a4 * a3 + a6 * a5) AS DOUBLE PRECISION) AS gradient_U_1,
  CAST(2 * (a7 * a1 + a8 * a3 + a9 * a5) AS DOUBLE PRECISION) AS gradient_U_2
FROM (
  SELECT
    samples.i,
    samples.U_1 * parameters.V_1_1 + samples.U_2 * parameters.V_1_2 - samples.T_1 AS a1,
    parameters.V_1_1 AS a2,
    samples.U_1 * parameters.V_2_1 + samples.U_2 * parameters.V_2_2 - samples.T_2 AS a3,
    parameters.V_2_1 AS a4,
    samples.U_1 * parameters.V_3_1 + samples.U_2 * parameters.V_3_2 - samples.T_3 AS a5,
    parameters.V_3_1 AS a6,
    parameters.V_1_2 AS a7,
    parameters.V_2_2 AS a8,
    parameters.V_3_2 AS a9
  FROM samples
  CROSS JOIN parameters
  CROSS JOIN checked
  WHERE checked.problems = 0
  OFFSET 0
) AS levels;
