-- sum(log(exp(-y.*(X*w)) + vector(1)))
--
-- Tables; indices count from 1, and each once, and an entry without a row is 0:
--   X(i, j, value): m x n
--   y(i, value): m
--   w(i, value): n
--   sizes(m, n): one row
--
-- Rows of the view, by output:
--   value: a number: sum(softplus(-y.*(X*w)))
--   gradient_w: n: -X'*(y.*sigmoid(-y.*(X*w)))
CREATE OR REPLACE VIEW evaluate AS
WITH
checked AS MATERIALIZED (
  SELECT coalesce(sum(CAST(found.problem AS INTEGER)), 0) AS problems
  FROM (
    SELECT 'sizes must have one row of numbers from 1 on' AS problem
    FROM sizes
    HAVING count(*) <> 1 OR max(CASE WHEN sizes.m < 1 OR sizes.n < 1 THEN 1 ELSE 0 END) = 1
    UNION ALL
    SELECT
      concat('X must be of size m x n, not with a row (', min(concat(X.i, ', ', X.j)), ')') AS problem
    FROM X
    CROSS JOIN sizes
    WHERE X.i IS NULL
      OR X.j IS NULL
      OR X.value IS NULL
      OR X.i NOT BETWEEN 1 AND sizes.m
      OR X.j NOT BETWEEN 1 AND sizes.n
    HAVING count(*) > 0
    UNION ALL
    SELECT concat('y must be of size m, not with a row (', min(concat(y.i)), ')') AS problem
    FROM y
    CROSS JOIN sizes
    WHERE y.i IS NULL OR y.value IS NULL OR y.i NOT BETWEEN 1 AND sizes.m
    HAVING count(*) > 0
    UNION ALL
    SELECT concat('w must be of size n, not with a row (', min(concat(w.i)), ')') AS problem
    FROM w
    CROSS JOIN sizes
    WHERE w.i IS NULL OR w.value IS NULL OR w.i NOT BETWEEN 1 AND sizes.n
    HAVING count(*) > 0
  ) AS found
),
all_m AS (
  SELECT d.i
  FROM generate_series(1, (SELECT sizes.m FROM sizes)) AS d(i)
),
t1 AS (
  SELECT X.i, sum(CAST(w.value * X.value AS DOUBLE PRECISION)) AS value
  FROM w
  JOIN X ON X.j = w.i
  GROUP BY X.i
),
t2 AS MATERIALIZED (
  SELECT t1.i, t1.value * y.value AS value
  FROM t1
  JOIN y ON y.i = t1.i
),
value AS (
  SELECT coalesce(sum(greatest(a1, 0) + 2 * atanh(a2 / (2 + a2))), 0) AS value
  FROM (
    SELECT
      a1,
      CASE WHEN abs(a1) < 745 THEN exp(-abs(a1)) WHEN abs(a1) <= CAST('Infinity' AS DOUBLE PRECISION) THEN 0 ELSE a1 END AS a2
    FROM (
      SELECT -coalesce(t2.value, 0) AS a1
      FROM all_m
      LEFT JOIN t2 ON t2.i = all_m.i
      OFFSET 0
    ) AS levels
    OFFSET 0
  ) AS levels
),
t3 AS (
  SELECT i, a3 * CASE WHEN a1 >= 0 THEN 1 / (1 + a2) ELSE a2 / (1 + a2) END AS value
  FROM (
    SELECT
      i,
      a1,
      a3,
      CASE WHEN abs(a1) < 745 THEN exp(-abs(a1)) WHEN abs(a1) <= CAST('Infinity' AS DOUBLE PRECISION) THEN 0 ELSE a1 END AS a2
    FROM (
      SELECT y.i, -coalesce(t2.value, 0) AS a1, y.value AS a3
      FROM y
      LEFT JOIN t2 ON t2.i = y.i
      OFFSET 0
    ) AS levels
    OFFSET 0
  ) AS levels
),
t4 AS (
  SELECT X.j AS i, sum(t3.value * X.value) AS value
  FROM t3
  JOIN X ON X.i = t3.i
  GROUP BY X.j
),
gradient_w AS (
  SELECT t4.i, -t4.value AS value
  FROM t4
),
results AS (
  SELECT 'value' AS output, CAST(NULL AS BIGINT) AS i, value.value
  FROM value
  UNION ALL
  SELECT 'gradient_w' AS output, gradient_w.i, gradient_w.value
  FROM gradient_w
)
SELECT results.output, results.i, results.value
FROM results
CROSS JOIN checked
WHERE checked.problems = 0;
