import { describe, expect, test } from 'vitest'
import { runPython, skipWithoutNumpy } from './python.ts'

describe.skipIf(skipWithoutNumpy(2))('Python', () => {
  test('runs a program with NumPy and returns what it prints', () => {
    const program = 'import json, numpy\nprint(numpy.trace(json.loads(input())))'
    expect(runPython(program, '[[1, 2], [3, 4]]')).toBe('5\n')
  })

  test('a failing program throws its traceback', () => {
    expect(() => runPython('undefined_name')).toThrow("NameError: name 'undefined_name' is not defined")
  })
})
