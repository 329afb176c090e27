/** The table of functions and the fixes of problems, as the page shows them. */
import { documentedFunctions, EincalcError, type Problem } from '../../../src/index.ts'
import { formulaOf } from './calculate.ts'
import type { FixData, FormulaData, FunctionData } from './protocol.ts'

export function functionsData(): FunctionData[] {
  return documentedFunctions().map(({ name, synonyms = [], usage, doc, convention }) => ({
    name,
    synonyms,
    usage,
    doc,
    convention,
  }))
}

export function fixesOf({ fixes = [] }: Problem): FixData[] {
  return fixes.map((fix) => ({ ...fix, formula: formulaIfReadable(fix.replacement) }))
}

/** A replacement may be any piece of text, such as a bracket. */
function formulaIfReadable(text: string): FormulaData | undefined {
  try {
    return text.length > 200 ? undefined : formulaOf(text)
  } catch (error) {
    if (error instanceof EincalcError) return undefined
    throw error
  }
}
