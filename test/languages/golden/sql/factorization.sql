-- norm2(T - U*V')^2
--
-- Tables; indices count from 1, and each once, and an entry without a row is 0:
--   T(i, j, value): m x n
--   U(i, j, value): m x k
--   V(i, j, value): n x k
--   sizes(m, n, k): one row
--
-- Rows of the view, by output:
--   value: a number: norm2(T - U*V')^2
--   gradient_U: m x k: 2*(U*V' - T)*V
--   gradient_V: n x k: 2*(U*V' - T)'*U
CREATE OR REPLACE VIEW evaluate AS
WITH
checked AS MATERIALIZED (
  SELECT coalesce(sum(CAST(found.problem AS INTEGER)), 0) AS problems
  FROM (
    SELECT 'sizes must have one row of numbers from 1 on' AS problem
    FROM sizes
    HAVING count(*) <> 1 OR max(CASE WHEN sizes.m < 1 OR sizes.n < 1 OR sizes.k < 1 THEN 1 ELSE 0 END) = 1
    UNION ALL
    SELECT
      concat('T must be of size m x n, not with a row (', min(concat(T.i, ', ', T.j)), ')') AS problem
    FROM T
    CROSS JOIN sizes
    WHERE T.i IS NULL
      OR T.j IS NULL
      OR T.value IS NULL
      OR T.i NOT BETWEEN 1 AND sizes.m
      OR T.j NOT BETWEEN 1 AND sizes.n
    HAVING count(*) > 0
    UNION ALL
    SELECT
      concat('U must be of size m x k, not with a row (', min(concat(U.i, ', ', U.j)), ')') AS problem
    FROM U
    CROSS JOIN sizes
    WHERE U.i IS NULL
      OR U.j IS NULL
      OR U.value IS NULL
      OR U.i NOT BETWEEN 1 AND sizes.m
      OR U.j NOT BETWEEN 1 AND sizes.k
    HAVING count(*) > 0
    UNION ALL
    SELECT
      concat('V must be of size n x k, not with a row (', min(concat(V.i, ', ', V.j)), ')') AS problem
    FROM V
    CROSS JOIN sizes
    WHERE V.i IS NULL
      OR V.j IS NULL
      OR V.value IS NULL
      OR V.i NOT BETWEEN 1 AND sizes.n
      OR V.j NOT BETWEEN 1 AND sizes.k
    HAVING count(*) > 0
  ) AS found
),
t1 AS (
  SELECT U.i, V.i AS j, sum(CAST(U.value * V.value AS DOUBLE PRECISION)) AS value
  FROM U
  JOIN V ON V.j = U.j
  GROUP BY U.i, V.i
),
t2 AS MATERIALIZED (
  SELECT terms.i, terms.j, sum(terms.value) AS value
  FROM (
    SELECT t1.i, t1.j, t1.value
    FROM t1
    UNION ALL
    SELECT T.i, T.j, CAST(-T.value AS DOUBLE PRECISION) AS value
    FROM T
  ) AS terms
  GROUP BY terms.i, terms.j
),
value AS (
  SELECT coalesce(sum(t2.value * t2.value), 0) AS value
  FROM t2
),
t3 AS (
  SELECT V.j AS i, t2.i AS j, sum(V.value * t2.value) AS value
  FROM V
  JOIN t2 ON t2.j = V.i
  GROUP BY V.j, t2.i
),
t4 AS (
  SELECT U.j AS i, t2.j, sum(U.value * t2.value) AS value
  FROM U
  JOIN t2 ON t2.i = U.i
  GROUP BY U.j, t2.j
),
gradient_U AS (
  SELECT t3.j AS i, t3.i AS j, 2 * t3.value AS value
  FROM t3
),
gradient_V AS (
  SELECT t4.j AS i, t4.i AS j, 2 * t4.value AS value
  FROM t4
),
results AS (
  SELECT 'value' AS output, CAST(NULL AS BIGINT) AS i, CAST(NULL AS BIGINT) AS j, value.value
  FROM value
  UNION ALL
  SELECT 'gradient_U' AS output, gradient_U.i, gradient_U.j, gradient_U.value
  FROM gradient_U
  UNION ALL
  SELECT 'gradient_V' AS output, gradient_V.i, gradient_V.j, gradient_V.value
  FROM gradient_V
)
SELECT results.output, results.i, results.j, results.value
FROM results
CROSS JOIN checked
WHERE checked.problems = 0;
