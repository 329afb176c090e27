/** What the page computes and shows: the documented examples of MatrixCalculus.org, conventions, orders, panels, exports. */
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { writeNpy } from '../../src/index.ts'
import { by, check, expression, open, problem, region, shows, tab, withPage } from './page.ts'

withPage()

describe('documented examples of MatrixCalculus.org, typed in and read off', () => {
  test('each', async () => {
    const { page, complaints } = await open()
    for (const [text, variable, derivative] of [
      ["0.5*x'*A*x", 'x', "0.5*(A + A')*x"],
      ['A*exp(x)', 'x', 'A*diag(exp(x))'],
      ["(y.*v)'*x", 'x', 'y.*v'],
      ["(y.*v)'*x", 'y', 'v.*x'],
      ["(y.*v)'*x", 'v', 'y.*x'],
      ['a^b', 'a', 'b*a^(b - 1)'],
      ['norm1(A*x-y)', 'x', "A'*sign(A*x - y)"],
      ['log(det(inv(X)))', 'X', "-inv(X)'"],
      ["norm2(T-U*V')^2", 'U', "2*(U*V' - T)*V"],
      ['sum(log(exp(-y.*(X*w)) + vector(1)))', 'w', "-X'*(y.*sigmoid(-y.*(X*w)))"],
    ] as const) {
      await expression(page).fill(text)
      await expect.poll(() => by(page).locator('option').allTextContents()).toContain(variable)
      await by(page).selectOption(variable)
      await shows(page, derivative)
      await expect.poll(() => check(page).textContent(), { message: text }).toMatch(/^checked, relative error/)
    }
    expect(complaints).toEqual([])
  })
})

describe('conventions and orders', () => {
  test('a symmetric variable: a chip declares it, the convention is named and switched', async () => {
    const { page } = await open("#e=log(det(A))%2Bx'*A*x&by=A")
    await page.getByRole('button', { name: /^A matrix/ }).click()
    await page.getByLabel('Kind').selectOption('symmetric')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('button', { name: /^A symmetric/ }).count()).toBe(1)
    await expect.poll(() => region(page).textContent()).toContain('Unconstrained derivative')
    await page.getByLabel('Symmetric variables').selectOption('constrained')
    await expect.poll(() => region(page).textContent()).toContain('Constrained derivative')
    await page.getByLabel('Symmetric variables').selectOption('halfvec')
    await expect.poll(() => region(page).textContent()).toContain('vector(')
    expect(decodeURIComponent(page.url())).toContain('var=A:symmetric')
  })

  test('layouts, several variables, higher orders and products', async () => {
    const { page } = await open("#e=x'*A*z&by=x,z")
    await shows(page, "A*z\nA'*x")
    await expression(page).fill('sum(x.^4)')
    await shows(page, '4*x.^3')
    await tab(page, 'Hessian').click()
    await shows(page, '12*diag(x.^2)')
    await page.getByLabel('Order and products').selectOption('3')
    await shows(page, 'D[i,j,k] = 24*x[i]*eye(n)[i,j]*eye(n)[i,k]')
    await page.getByLabel('Order and products').selectOption('laplacian')
    await shows(page, "12*x'*x")
    await page.getByLabel('Order and products').selectOption('product')
    await shows(page, '12*p.*x.^2')
    await tab(page, 'Derivative').click()
    await page.getByLabel('Layout').selectOption('numerator')
    await shows(page, "4*(x.^3)'")
  })

  test('products of a Jacobian with directions, and orders up to 8', async () => {
    const { page } = await open('#e=A*exp(x)&by=x')
    await shows(page, 'A*diag(exp(x))')
    await page.getByLabel('Products').selectOption('jvp')
    await shows(page, 'A*(p.*exp(x))')
    await expect.poll(() => check(page).textContent()).toMatch(/^the derivative is checked/)
    await page.getByLabel('Products').selectOption('vjp')
    await shows(page, "exp(x).*(A'*v)")
    expect(page.url()).toContain('product=vjp')
    await page.reload()
    await shows(page, "exp(x).*(A'*v)")
    await expression(page).fill('exp(a)')
    await page.getByLabel('Products').selectOption('whole')
    await tab(page, 'Hessian').click()
    await page.getByLabel('Order and products').selectOption('8')
    await shows(page, 'exp(a)')
  })

  test('products of what has no matrix notation, and of a program', async () => {
    const { page } = await open('#e=C%5Bi,j%5D=x%5Bi%5D*y%5Bj%5D%5E2&by=y')
    await page.getByLabel('Products').selectOption('jvp')
    await expect.poll(() => region(page).textContent()).toContain('Jacobian times a direction by y')
    await expression(page).fill('z = A*x - y; t = norm2(z); t^3')
    await shows(page, "3*norm2(A*x - y)*(y - A*x)'*p")
  })

  test('where there is no derivative, it says what is taken', async () => {
    const { page } = await open('#e=norm1(A*x-y)&by=x')
    await expect.poll(() => region(page).textContent()).toContain('abs(A*x - y): the derivative at 0 is 0.')
  })

  test('outside of the domain the badge says so', async () => {
    const { page } = await open(`#e=${encodeURIComponent("log(-x'*x)")}&by=x`)
    await expect
      .poll(() => check(page).textContent(), { timeout: 10_000 })
      .toMatch(/^not checked: \d+ points outside the domain, seed 7$/)
    expect(await page.locator('.check.outside svg').count()).toBe(1)
  })

  test('parts that occur several times are named, or written out', async () => {
    const { page } = await open('#e=norm2(A*tanh(B*tanh(C*tanh(D*x))))%5E2&by=x&tab=hessian')
    await expect.poll(() => page.locator('[data-text]').first().getAttribute('data-text')).toContain('; ')
    await page.getByLabel('Parts that occur several times').selectOption('whole')
    await expect.poll(() => page.locator('[data-text]').first().getAttribute('data-text')).not.toContain('; ')
  })
})

describe('one Hessian in several forms', () => {
  const form = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

  test('Kronecker, index, compressed, entries, times a direction, quadratic', async () => {
    const { page, complaints } = await open("#e=norm2(T-U*V')%5E2&by=U&tab=hessian")
    await shows(page, 'H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]')
    await expect.poll(() => form(page, 'Kronecker').getAttribute('aria-pressed')).toBe('true')
    for (const [name, text] of [
      ['Kronecker', "2*kron(V'*V, eye(m))"],
      ['Index', 'H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]'],
      ['Entries', "H[i,j,l,p] = 2*(V'*V)[j,p]*eye(m)[i,l]"],
      ['Times a direction', "2*P*V'*V"],
      ['Quadratic form', "2*tr(V'*V*P'*P)"],
    ] as const) {
      await form(page, name).click()
      await page.getByRole('button', { name: `Copy Hessian by U, ${name}`, exact: true }).click()
      expect(await page.evaluate(() => navigator.clipboard.readText()), name).toBe(text)
    }
    await page.getByRole('group', { name: 'Formula' }).focus()
    await page.keyboard.press('Control+c')
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^2 .*operatorname\{tr\}/)
    await form(page, 'Compressed').click()
    expect(await page.locator('.terms tbody').textContent()).toContain('ab->iaib')
    // The form stays while the text changes.
    await form(page, 'Entries').click()
    await expression(page).fill('sum(X.^3)')
    await by(page).selectOption('X')
    await expect.poll(() => form(page, 'Entries').getAttribute('aria-pressed')).toBe('true')
    expect(await page.getByText('of its cores; δ is 1').count()).toBe(1)
    expect(complaints).toEqual([])
  })
})

describe('declared variables', () => {
  test('a name that is not declared is refused as on the command line', async () => {
    const { page, complaints } = await open("#e=x'*A*x%2Bz'*x&by=x&var=A:symmetric(n)")
    const command = spawnSync(process.execPath, [
      'dist/cli/main.js',
      "x'*A*x+z'*x",
      ...['--wrt', 'x', '--var', 'A:symmetric(n)'],
    ])
    const [first = ''] = command.stderr.toString().split('\n')
    const message = first.replace(/^.*UnknownVariable: /, '')
    expect(message).toBe('z is not declared')
    await expect.poll(() => problem(page).textContent()).toMatch(/^z is not declared\./)
    await page.getByRole('button', { name: 'z is a vector' }).click()
    await shows(page, 'z + 2*A*x')
    expect(complaints).toEqual([])
  })

  test('declaring one by its chip declares the others as they were found; the guess takes it back', async () => {
    const { page } = await open("#e=x'*A*x%2Bz'*x&by=x")
    await page.getByRole('button', { name: /^A matrix/ }).click()
    await page.getByLabel('Kind').selectOption('symmetric')
    await shows(page, 'z + 2*A*x')
    expect(decodeURIComponent(page.url())).toContain('var=x:vector;A:symmetric;z:vector')
    await page.keyboard.press('Escape')
    // What is new is not guessed any more.
    await expression(page).fill("x'*A*x + z'*x + u'*x")
    await expect.poll(() => problem(page).textContent()).toMatch(/^u is not declared/)
    await page.getByRole('button', { name: 'u is a vector' }).click()
    await shows(page, 'z + u + 2*A*x')
    await page.getByRole('button', { name: /^A symmetric/ }).click()
    await page.getByRole('button', { name: 'Use guess' }).click()
    await shows(page, "z + u + (A + A')*x")
    expect(page.url()).not.toContain('var=')
  })

  test('what differs in shape is named at both places, in the input and among the variables', async () => {
    const types = 'A:matrix(m,n);x:vector(n);y:vector(m);z:vector(m)'
    const { page, complaints } = await open(
      `#e=${encodeURIComponent("norm2(A*x - y)^2 + z'*x")}&by=x&var=${encodeURIComponent(types)}`,
    )
    await expect.poll(() => problem(page).textContent()).toContain("z' is a row vector of length m")
    expect(await page.locator('.cm-lintRange-error').textContent()).toBe('x')
    expect((await page.locator('.cm-lintRange-warning').allTextContents()).join('')).toBe("z'")
    expect(await problem(page).getByRole('listitem').allTextContents()).toEqual([
      "z' is a row vector of length mdeclared z: vector(m)",
      'x has length ndeclared x: vector(n)',
    ])
    expect(await page.locator('.chip.clash b').allTextContents()).toEqual(['x', 'z'])
    // A chip mends it, though there is no result yet.
    await page.getByRole('button', { name: /^z vector/ }).click()
    await page.getByLabel('Sizes').fill('n')
    await page.keyboard.press('Enter')
    await shows(page, "z + 2*A'*(A*x - y)")
    expect(await page.locator('.chip.clash').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})

describe('panels', () => {
  test('an answer is equal, or different with the first difference', async () => {
    const { page } = await open("#e=x'*A*x&by=x")
    await page.getByText('Check your own answer').click()
    const answer = page.getByLabel('Your derivative')
    const status = page.getByRole('status', { name: 'Answer' })
    await answer.fill("A*x + A'*x")
    await expect.poll(() => status.textContent()).toContain('Equal.')
    await answer.fill('2*A*x')
    await expect
      .poll(() => status.textContent())
      .toMatch(/Different: at seed \d+ entry \[1\]: yours gives \S+, ours \S+\./)
  })

  test('numbers: typed, and dropped as .npy and .csv', async () => {
    const { page, complaints } = await open('#e=norm2(A*x-y)%5E2&by=x')
    await page.getByText('Try with numbers').click()
    const npy = Buffer.from(writeNpy({ shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }))
    await page
      .getByLabel('File for A')
      .setInputFiles({ name: 'A.npy', mimeType: 'application/octet-stream', buffer: npy })
    await page
      .getByLabel('File for y')
      .setInputFiles({ name: 'y.csv', mimeType: 'text/csv', buffer: Buffer.from('1\n0\n1\n') })
    await page.locator('#value-x').fill('[1, 2]')
    await page.getByRole('button', { name: 'Evaluate' }).click()
    await expect.poll(() => page.getByRole('region', { name: 'Value' }).textContent()).toContain('393')
    const gradient = await page.getByRole('region', { name: 'Gradient by x' }).textContent()
    expect(gradient).toContain('234')
    expect(gradient).toContain('296')
    expect(gradient).toMatch(/ms, 16 bytes, WebAssembly/)
    const map = page.getByRole('img', { name: /Hessian by x, heat map/ })
    expect(await map.count()).toBe(1)
    // 2*A'*A = [70 88; 88 112]: the largest in the accent, the others between the ground and it.
    const pixels = await map.evaluate((canvas) => {
      const context = (canvas as HTMLCanvasElement).getContext('2d')
      return [...(context?.getImageData(0, 0, 2, 2).data ?? [])]
    })
    expect(pixels.slice(12)).toEqual([51, 70, 211, 255])
    expect(pixels.slice(0, 4)).toEqual([127, 139, 228, 255].map((channel) => expect.closeTo(channel, -1)))
    await page.locator('#value-x').fill('1 2 3')
    await page.getByRole('button', { name: 'Evaluate' }).click()
    await expect.poll(() => page.getByRole('status', { name: 'Numbers' }).textContent()).toMatch(/length 3|n is|2/)
    expect(complaints).toEqual([])
  })
})

describe('exports', () => {
  test('MathML, LaTeX, a program of each language, and drawings as files', async () => {
    const { page } = await open("#e=x'*A*x&by=x")
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
    await page.getByRole('button', { name: 'Copy LaTeX' }).click()
    await expect.poll(clipboard).toBe('\\left(A + A^\\top\\right) x')
    await page.getByRole('button', { name: 'Copy MathML' }).click()
    await expect
      .poll(clipboard)
      .toMatch(/^<math xmlns="http:\/\/www\.w3\.org\/1998\/Math\/MathML" display="block">[\s\S]*<\/math>$/)
    await tab(page, 'Code').click()
    const languages = page.getByLabel('Language')
    await expect.poll(() => languages.locator('option').count()).toBeGreaterThan(1)
    for (const option of await languages.locator('option').all()) {
      const name = (await option.getAttribute('value')) as string
      await languages.selectOption(name)
      await expect
        .poll(async () => ((await page.locator('.program').textContent()) ?? '').length, { message: name })
        .toBeGreaterThan(100)
      expect(await problem(page).textContent(), name).toBe('')
    }
    const [program] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download program' }).click(),
    ])
    expect(program.suggestedFilename()).toMatch(/^derivative\./)
    await languages.selectOption('onnx')
    await expect.poll(() => page.locator('.program').textContent()).toContain('ir_version')
    const [model] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download program' }).click(),
    ])
    expect(model.suggestedFilename()).toBe('derivative.onnx')
    // The file itself, of which the page shows the textual form.
    expect([...(await readFile(await model.path())).subarray(0, 2)]).toEqual([8, 8])
    await tab(page, 'Diagram').click()
    const [drawing] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download network-1-1/ }).click(),
    ])
    expect(await readFile(await drawing.path(), 'utf8')).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    await page.getByRole('button', { name: 'Expression graph' }).click()
    const [graph] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download graph-1/ }).click(),
    ])
    expect(graph.suggestedFilename()).toBe('graph-1.svg')
    const text = await readFile(await graph.path(), 'utf8')
    expect(text).toContain('>A<')
    expect(text).toContain('<title>Expression graph by x</title>')
    // Colours stand in the file itself, and what points at parts does not.
    expect(text).toContain('fill="#1b1d22"')
    expect(text).not.toContain('data-key')
  })

  test('an example of the gallery opens', async () => {
    const { page } = await open()
    await page.getByRole('button', { name: 'Examples' }).click()
    await page.getByRole('button', { name: /^Multinomial logistic regression/ }).click()
    await expect.poll(() => check(page).textContent(), { timeout: 10_000 }).toMatch(/^checked/)
    expect(await page.getByRole('dialog').count()).toBe(0)
  })
})
