-- grad(norm2(X*w - y)^2 + c*norm2(w)^2, w)'*p
--
-- Tables; indices count from 1, and each once, and an entry without a row is 0:
--   X(i, j, value): m x n
--   y(i, value): m
--   c(value): a number
--   w(i, value): n
--   p(i, value): n
--   sizes(m, n): one row
--
-- Rows of the view, by output:
--   value: a number: 2*(c*w + X'*(X*w - y))'*p
--   gradient_w: n: 2*(c*p + X'*X*p)
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
    SELECT concat('c must be a number in one row, not in ', count(c.value)) AS problem
    FROM c
    HAVING count(*) <> 1 OR count(c.value) <> 1
    UNION ALL
    SELECT concat('w must be of size n, not with a row (', min(concat(w.i)), ')') AS problem
    FROM w
    CROSS JOIN sizes
    WHERE w.i IS NULL OR w.value IS NULL OR w.i NOT BETWEEN 1 AND sizes.n
    HAVING count(*) > 0
    UNION ALL
    SELECT concat('p must be of size n, not with a row (', min(concat(p.i)), ')') AS problem
    FROM p
    CROSS JOIN sizes
    WHERE p.i IS NULL OR p.value IS NULL OR p.i NOT BETWEEN 1 AND sizes.n
    HAVING count(*) > 0
  ) AS found
),
t1 AS (
  SELECT X.i, sum(CAST(w.value * X.value AS DOUBLE PRECISION)) AS value
  FROM w
  JOIN X ON X.j = w.i
  GROUP BY X.i
),
t2 AS (
  SELECT terms.i, sum(terms.value) AS value
  FROM (
    SELECT y.i, CAST(y.value AS DOUBLE PRECISION) AS value
    FROM y
    UNION ALL
    SELECT t1.i, -t1.value AS value
    FROM t1
  ) AS terms
  GROUP BY terms.i
),
t3 AS (
  SELECT X.j AS i, sum(t2.value * X.value) AS value
  FROM t2
  JOIN X ON X.i = t2.i
  GROUP BY X.j
),
t4 AS (
  SELECT terms.i, sum(terms.value) AS value
  FROM (
    SELECT t3.i, t3.value
    FROM t3
    UNION ALL
    SELECT w.i, CAST(-c.value * w.value AS DOUBLE PRECISION) AS value
    FROM c
    CROSS JOIN w
  ) AS terms
  GROUP BY terms.i
),
t5 AS (
  SELECT coalesce(sum(t4.value * p.value), 0) AS value
  FROM t4
  JOIN p ON p.i = t4.i
),
t6 AS (
  SELECT X.i, sum(CAST(X.value * p.value AS DOUBLE PRECISION)) AS value
  FROM X
  JOIN p ON p.i = X.j
  GROUP BY X.i
),
t7 AS (
  SELECT X.j AS i, sum(X.value * t6.value) AS value
  FROM X
  JOIN t6 ON t6.i = X.i
  GROUP BY X.j
),
value AS (
  SELECT -2 * t5.value AS value
  FROM t5
),
gradient_w AS (
  SELECT found.i, 2 * (coalesce(t7.value, 0) + c.value * coalesce(p.value, 0)) AS value
  FROM (
    SELECT t7.i
    FROM t7
    UNION
    SELECT p.i
    FROM c
    CROSS JOIN p
  ) AS found
  CROSS JOIN c
  LEFT JOIN t7 ON t7.i = found.i
  LEFT JOIN p ON p.i = found.i
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
