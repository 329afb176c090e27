// Runs programs in DuckDB, each in a schema of its own: reads and writes JSON.
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const connection = await (await DuckDBInstance.create(':memory:')).connect()
const answers = []
for (const [k, { statements, code, queries }] of JSON.parse(readFileSync(0, 'utf8')).entries()) {
  try {
    await connection.run(`CREATE SCHEMA p${k}; USE p${k}`)
    for (const statement of statements) await connection.run(statement)
    await connection.run(code)
    const results = []
    for (const query of queries) {
      const rows = (await connection.runAndReadAll(query)).getRowsJson()
      results.push(rows.map((row) => row.map(String)))
    }
    answers.push({ results })
  } catch (error) {
    answers.push({ error: error instanceof Error ? error.message : String(error) })
  }
}
process.stdout.write(JSON.stringify(answers))
