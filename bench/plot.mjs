// Pictures of rows that grow: one panel for each case that was measured at several sizes, both axes logarithmic, so that a power of
// the size is a line and its exponent the slope. Written as SVG, which needs no library.

const PANEL = { width: 280, height: 210, left: 52, right: 12, top: 26, bottom: 30 }
const COLUMNS = 3
const LEGEND = 30

/** By who computes; the same in all pictures. */
const COLOURS = {
  blas: '#0b62c4',
  wasm: '#1f9d66',
  reference: '#1f9d66',
  jax: '#c8323c',
  torch: '#d97706',
  numpy: '#7c4dcc',
}

/** An SVG picture of seconds, or of bytes where rows have those of the answer; undefined where no case was measured at two sizes. */
export function plot(rows) {
  const isMemory = rows.some((row) => row.answerBytes !== undefined)
  const panels = panelsOf(rows, isMemory)
  if (panels.length === 0) return undefined
  const columns = Math.min(COLUMNS, panels.length)
  const width = columns * PANEL.width
  const height = Math.ceil(panels.length / columns) * PANEL.height + LEGEND
  const isOurs = (name) => Number(name.startsWith('eincalc'))
  const names = [...new Set(panels.flatMap(({ series }) => [...series.keys()]))].sort((a, b) => isOurs(b) - isOurs(a))
  const drawn = panels.map((panel, k) => {
    const [x, y] = [(k % columns) * PANEL.width, LEGEND + Math.floor(k / columns) * PANEL.height]
    return `<g transform="translate(${x},${y})">${panelText(panel, isMemory ? bytesText : secondsText)}</g>`
  })
  const title = isMemory ? 'Memory at the peak by size' : 'Time by size'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    legendText(names),
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

/** The series of each case that has two sizes at least: who, and points of size and figure. Cases of a second size are apart. */
function panelsOf(rows, isMemory) {
  const cases = new Map()
  for (const row of rows) {
    const [growing, ...others] = growingSizes(rows.filter((each) => each.case === row.case))
    if (growing === undefined) continue
    const title = [row.case, ...others.map((name) => `${name}=${row.size[name]}`)].join(', ')
    const panel = cases.get(title) ?? { title, axis: growing, series: new Map() }
    cases.set(title, panel)
    const note = (name, value) => {
      if (!name || !(value > 0)) return
      const points = panel.series.get(name) ?? new Map()
      panel.series.set(name, points)
      const size = row.size[growing]
      // Ours is measured again beside each peer: the fastest counts.
      points.set(size, Math.min(points.get(size) ?? Number.POSITIVE_INFINITY, value))
    }
    note(`eincalc, ${row.engine}`, isMemory ? row.ourBytes : row.ours)
    note(row.peer, isMemory ? row.theirBytes : row.theirs)
    if (isMemory) note('the answer alone', row.answerBytes)
  }
  return [...cases.values()]
}

/** The names of sizes that differ between rows. */
function growingSizes(rows) {
  const names = Object.keys(rows[0]?.size ?? {})
  return names.filter((name) => new Set(rows.map((row) => row.size[name])).size > 1)
}

function panelText({ title, axis, series }, format) {
  const points = [...series.values()].flatMap((map) => [...map])
  const x = scale(
    points.map(([size]) => size),
    PANEL.left,
    PANEL.width - PANEL.right,
  )
  const y = scale(
    points.map(([, value]) => value),
    PANEL.height - PANEL.bottom,
    PANEL.top,
  )
  const sizes = [...new Set(points.map(([size]) => size))].sort((a, b) => a - b)
  const [left, right, bottom] = [PANEL.left, PANEL.width - PANEL.right, PANEL.height - PANEL.bottom]
  const parts = [`<text x="${left}" y="15" font-weight="600">${escaped(title)}</text>`]
  for (const tick of y.ticks) {
    const at = round(y.at(tick))
    parts.push(`<path d="M${left} ${at}H${right}" stroke="#e4e4e7"/>`)
    parts.push(`<text x="${left - 5}" y="${at + 4}" text-anchor="end" fill="#52525b">${format(tick)}</text>`)
  }
  let last = Number.NEGATIVE_INFINITY
  for (const size of sizes) {
    const at = round(x.at(size))
    parts.push(`<path d="M${at} ${bottom}v4" stroke="#71717a"/>`)
    if (at - last < 26) continue
    last = at
    parts.push(`<text x="${at}" y="${bottom + 16}" text-anchor="middle" fill="#52525b">${size}</text>`)
  }
  parts.push(`<text x="${right}" y="${bottom + 28}" text-anchor="end" fill="#52525b">${escaped(axis)}</text>`)
  parts.push(`<path d="M${left} ${bottom}H${right}" stroke="#71717a"/>`)
  for (const [name, map] of series) {
    const line = [...map].sort(([a], [b]) => a - b).map(([size, value]) => [round(x.at(size)), round(y.at(value))])
    const path = `M${line.map((point) => point.join(' ')).join('L')}`
    parts.push(`<path d="${path}" fill="none" stroke="${colourOf(name)}" stroke-width="1.8"${dashOf(name)}/>`)
    for (const [cx, cy] of line) parts.push(`<circle cx="${cx}" cy="${cy}" r="2.6" fill="${colourOf(name)}"/>`)
  }
  return parts.join('')
}

/** Logarithmic, from one end to the other, with ticks between. */
function scale(values, from, to) {
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))]
  const margin = Math.max(0.05 * (high - low), 0.02)
  const [start, end] = [low - margin, high + margin]
  const at = (value) => from + ((Math.log10(value) - start) / (end - start)) * (to - from)
  const within = (values) => values.filter((value) => Math.log10(value) >= start && Math.log10(value) <= end)
  const decades = Array.from(
    { length: Math.ceil(end) - Math.floor(start) + 1 },
    (_, k) => 10 ** (Math.floor(start) + k),
  )
  const powers = within(decades)
  // Where there is one power of ten at most, its multiples are ticks too.
  const all = powers.length > 1 ? powers : within(decades.flatMap((power) => [power, 2 * power, 5 * power]))
  const step = Math.ceil(all.length / 6)
  return { at, ticks: all.filter((_, k) => k % step === 0) }
}

function legendText(names) {
  let x = 12
  const parts = names.map((name) => {
    const text = `<path d="M${x} 15h16" stroke="${colourOf(name)}" stroke-width="1.8"${dashOf(name)}/><text x="${x + 21}" y="19">${escaped(name)}</text>`
    x += 40 + 6.2 * name.length
    return text
  })
  return parts.join('')
}

const keyOf = (name) => Object.keys(COLOURS).find((key) => name.includes(key)) ?? ''
const colourOf = (name) => COLOURS[keyOf(name)] ?? '#71717a'
const dashOf = (name) => (name.startsWith('eincalc') ? '' : ' stroke-dasharray="5 3"')
const round = (value) => Math.round(10 * value) / 10
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

function withUnit(value, units) {
  const [unit, factor] = units.find(([, least]) => value >= least * (1 - 1e-9)) ?? units.at(-1)
  return `${Number((value / factor).toPrecision(3))} ${unit}`
}

const secondsText = (value) =>
  withUnit(value, [
    ['s', 1],
    ['ms', 1e-3],
    ['µs', 1e-6],
    ['ns', 1e-9],
  ])
const bytesText = (value) =>
  withUnit(value, [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
    ['B', 1],
  ])
