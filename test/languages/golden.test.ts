// Whole programs as files, in every language: read them as a person who would use them.
import { expect, test } from 'vitest'
import { languages } from '../../src/languages/index.ts'
import { goldenProgram, goldensOf } from './goldens.ts'

const pairs = languages.flatMap((language) =>
  goldensOf(language.name).map((golden) => [language.name, golden.file, language, golden] as const),
)

test.each(pairs)('%s, %s', async (_name, _file, { name, extension }, golden) => {
  await expect(goldenProgram(name, golden)).toMatchFileSnapshot(
    `golden/${name}/${golden.file}.${extension}${name === 'onnx' ? 'txt' : ''}`,
  )
})
