/**
 * The kernel of products: C = Σₖ A[i,k]·d[k]·B[k,j], batched, for any strides.
 *
 * Panels of A and B are packed as K. Goto and R. van de Geijn do (Anatomy of High-Performance Matrix Multiplication, 2008), so
 * that a transposed or permuted operand costs nothing and d is multiplied in on the way. The inner loop keeps a tile of C in
 * registers. Small products take a path without packing.
 */
import { type Assembler, type Callable, type Expr, i32, type Lanes, type Local, v128 } from './assembler.ts'

/** The numbers of a parameter block, in i32; strides are in bytes. */
export const gemmFields = [
  'm',
  'n',
  'k',
  'a',
  'aRow',
  'aColumn',
  'b',
  'bRow',
  'bColumn',
  'c',
  'cRow',
  'cColumn',
  /** Address and stride of d; the address is 0 where there is none. */
  'd',
  'dStep',
  /** 1 where the result is symmetric: only its lower triangle is computed, then mirrored. */
  'triangle',
  /** 1 where the product is added to C. */
  'accumulate',
  /** 1 for the path without packing, which wants unit strides of B and C along their columns, and no d and no triangle. */
  'direct',
  /** Where the result is stored a second time, transposed; 0 where it is not. */
  'mirrored',
  'batches',
] as const
type GemmField = (typeof gemmFields)[number]

/** What follows for each batch axis; `index` counts and is 0 before and after. */
export const batchFields = ['size', 'a', 'b', 'c', 'd', 'index'] as const

export const gemmBytes = (batches: number): number => 4 * (gemmFields.length + batchFields.length * batches)

export interface Tile {
  readonly rows: number
  readonly columns: number
}

/** Rows of A and columns of B that are packed at a time, and the depth of both. */
const DEPTH = 256
const ROWS = 120
const COLUMNS = 960

/** Bytes of workspace that a product so large needs. */
export function workspaceBytes(m: number, n: number, k: number, width: number, tile: Tile): number {
  const depth = Math.min(k, DEPTH)
  const rows = Math.ceil(Math.min(m, ROWS) / tile.rows) * tile.rows
  const columns = Math.ceil(Math.min(n, COLUMNS) / tile.columns) * tile.columns
  const bytes = (depth * (rows + columns) + tile.rows * tile.columns) * width
  return Math.ceil(bytes / 64 + 2) * 64
}

interface Kernel {
  readonly lanes: Lanes
  readonly tile: Tile
  /** The width of a number in bytes. */
  readonly width: number
  readonly multiplyAdd: (a: Expr, b: Expr, sum: Expr) => Expr
}

const field = (p: Expr, name: GemmField) => i32.load(p, 4 * gemmFields.indexOf(name))
const i = i32.const

/** Defines name(parameters, workspace), exported, for numbers of one width; panels are packed in the workspace. */
export function defineGemm(asm: Assembler, name: string, lanes: Lanes, tile: Tile, relaxed: boolean): Callable {
  const kernel: Kernel = {
    lanes,
    tile,
    width: lanes.bits / 8,
    multiplyAdd: (a, b, sum) => (relaxed ? lanes.relaxedMadd(a, b, sum) : lanes.add(sum, lanes.mul(a, b))),
  }
  const pack = definePack(asm, kernel)
  const micro = defineMicro(asm, kernel)
  const packed = definePacked(asm, kernel, pack, micro)
  const direct = defineDirect(asm, kernel)
  const mirror = defineMirror(asm, kernel, 'triangle')
  const mirrorWhole = defineMirror(asm, kernel, 'whole')
  return asm.define(name, ['i32', 'i32'], undefined, (f, p, workspace) => {
    if (!p || !workspace) return
    const [a, b, c, d] = (['a', 'b', 'c', 'd'] as const).map((each) => f.local('i32', field(p, each))) as [
      Local,
      Local,
      Local,
      Local,
    ]
    const batches = f.local('i32', field(p, 'batches'))
    const first = f.local('i32', i32.add(p, i(4 * gemmFields.length)))
    const stride = 4 * batchFields.length
    const at = f.local('i32')
    const axis = f.local('i32')
    const going = f.local('i32', i(1))
    f.while(going, () => {
      f.if(
        field(p, 'direct'),
        () => f.call(direct, [p, a, b, c]),
        () => f.call(packed, [p, a, b, c, d, workspace]),
      )
      f.if(field(p, 'triangle'), () => f.call(mirror, [p, c, c]))
      f.if(field(p, 'mirrored'), () => f.call(mirrorWhole, [p, c, field(p, 'mirrored')]))
      // The next index of the batch axes, the last fastest.
      f.set(axis, batches)
      f.while(axis, () => {
        f.add(axis, i(-1))
        f.set(at, i32.add(first, i32.mul(axis, i(stride))))
        const step = (local: Local, position: number, times?: Expr) => {
          const by = i32.load(at, 4 * position)
          f.add(local, times ? i32.mul(by, times) : by)
        }
        f.store('i32', at, i32.add(i32.load(at, 20), i(1)), 20)
        for (const [k, local] of [a, b, c, d].entries()) step(local, k + 1)
        f.if(
          i32.lt(i32.load(at, 20), i32.load(at, 0)),
          () => f.set(axis, i(0)),
          () => {
            const back = i32.sub(i(0), i32.load(at, 0))
            for (const [k, local] of [a, b, c, d].entries()) step(local, k + 1, back)
            f.store('i32', at, i(0), 20)
            f.if(i32.eqz(axis), () => f.set(going, i(0)))
          },
        )
      })
      f.if(i32.eqz(batches), () => f.set(going, i(0)))
    })
  })
}

/**
 * pack(to, from, along, across, depth, count, panel, d, dStep): panels of `panel` entries that lie `across` apart, one after the
 * other for each of `depth` entries that lie `along` apart; the last panel is filled with zeros. Entries are multiplied by d.
 */
function definePack(asm: Assembler, { lanes, width, tile }: Kernel): (panel: number) => Callable {
  const load = (address: Expr) => v128.loadZero(lanes.bits, address)
  const made = new Map<number, Callable>()
  for (const panel of new Set([tile.rows, tile.columns])) {
    const types = new Array<'i32'>(8).fill('i32')
    const define = asm.define(undefined, types, undefined, (f, ...params) => {
      const [to, from, along, across, depth, count, d, dStep] = params as [
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
      ]
      const start = f.local('i32')
      const k = f.local('i32')
      const source = f.local('i32')
      const scale = f.local('i32')
      const entry = f.local('i32')
      const value = f.local('v128')
      const rest = f.local('i32')
      const factor = f.local('v128', lanes.const(1))
      const isUnit = f.local('i32', i32.eq(across, i(width)))
      f.for(
        start,
        i(0),
        count,
        () => {
          f.set(source, i32.add(from, i32.mul(start, across)))
          f.set(scale, d)
          f.set(rest, i32.min(i32.sub(count, start), i(panel)))
          const eachDepth = (body: () => void) => {
            f.for(k, i(0), depth, () => {
              f.if(d, () => {
                f.set(factor, v128.loadSplat(lanes.bits, scale))
                f.add(scale, dStep)
              })
              body()
              f.add(to, i(panel * width))
              f.add(source, along)
            })
          }
          const scaled = (loaded: Expr) => lanes.mul(loaded, factor)
          const whole = i32.eq(rest, i(panel))
          f.if(
            i32.and(whole, isUnit),
            () =>
              eachDepth(() => {
                for (let at = 0; at < panel; at += lanes.lanes) {
                  const isFull = at + lanes.lanes <= panel
                  if (isFull) f.store('v128', to, scaled(v128.load(source, at * width)), at * width)
                  else
                    for (let one = at; one < panel; one++)
                      f.storeLane(
                        lanes.bits,
                        to,
                        scaled(v128.loadZero(lanes.bits, source, one * width)),
                        0,
                        one * width,
                      )
                }
              }),
            () =>
              f.if(
                whole,
                () =>
                  eachDepth(() => {
                    f.set(entry, source)
                    for (let at = 0; at < panel; at++) {
                      f.storeLane(lanes.bits, to, scaled(load(entry)), 0, at * width)
                      if (at + 1 < panel) f.add(entry, across)
                    }
                  }),
                () =>
                  eachDepth(() => {
                    f.set(entry, source)
                    for (let at = 0; at < panel; at++) {
                      f.set(value, v128.zero)
                      f.if(i32.lt(i(at), rest), () => {
                        f.set(value, scaled(load(entry)))
                        f.add(entry, across)
                      })
                      f.storeLane(lanes.bits, to, value, 0, at * width)
                    }
                  }),
              ),
          )
        },
        panel,
      )
    })
    made.set(panel, define)
  }
  return (panel) => made.get(panel) as Callable
}

/** micro(depth, a, b, c, cRow, cColumn, rows, columns, add, scratch): one tile of C from a panel of each. */
function defineMicro(asm: Assembler, { lanes, tile, width, multiplyAdd }: Kernel): Callable {
  const types = new Array<'i32'>(10).fill('i32')
  return asm.define(undefined, types, undefined, (f, ...params) => {
    const [depth, a, b, c, cRow, cColumn, rows, columns, add, scratch] = params as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ]
    const vectors = tile.columns / lanes.lanes
    const sums = Array.from({ length: tile.rows }, () => Array.from({ length: vectors }, () => f.local('v128')))
    const across = Array.from({ length: vectors }, () => f.local('v128'))
    const factor = f.local('v128')
    const end = f.local('i32')
    const advance = (steps: number) => {
      for (let step = 0; step < steps; step++) {
        for (const [j, local] of across.entries())
          f.set(local, v128.load(b, (step * tile.columns + j * lanes.lanes) * width))
        for (const [row, list] of sums.entries()) {
          f.set(factor, v128.loadSplat(lanes.bits, a, (step * tile.rows + row) * width))
          for (const [j, sum] of list.entries()) f.set(sum, multiplyAdd(factor, across[j] as Local, sum))
        }
      }
      f.add(a, i(steps * tile.rows * width))
      f.add(b, i(steps * tile.columns * width))
    }
    const panelBytes = tile.rows * width
    f.set(end, i32.add(a, i32.mul(depth, i(panelBytes))))
    const STEPS = 4
    f.while(i32.le(i32.add(a, i(STEPS * panelBytes)), end), () => advance(STEPS))
    f.while(i32.lt(a, end), () => advance(1))
    const isWhole = i32.and(i32.eq(rows, i(tile.rows)), i32.eq(columns, i(tile.columns)))
    f.if(
      i32.and(isWhole, i32.eq(cColumn, i(width))),
      () => {
        for (const list of sums) {
          f.if(
            add,
            () => {
              for (const [j, sum] of list.entries()) f.store('v128', c, lanes.add(v128.load(c, j * 16), sum), j * 16)
            },
            () => {
              for (const [j, sum] of list.entries()) f.store('v128', c, sum, j * 16)
            },
          )
          f.add(c, cRow)
        }
      },
      () => {
        for (const [row, list] of sums.entries())
          for (const [j, sum] of list.entries()) f.store('v128', scratch, sum, (row * vectors + j) * 16)
        const row = f.local('i32')
        const column = f.local('i32')
        const from = f.local('i32')
        const to = f.local('i32')
        f.for(row, i(0), rows, () => {
          f.set(from, i32.add(scratch, i32.mul(row, i(vectors * 16))))
          f.set(to, c)
          f.for(column, i(0), columns, () => {
            const value = v128.loadZero(lanes.bits, from)
            f.if(
              add,
              () => f.storeLane(lanes.bits, to, lanes.add(v128.loadZero(lanes.bits, to), value)),
              () => f.storeLane(lanes.bits, to, value),
            )
            f.add(from, i(width))
            f.add(to, cColumn)
          })
          f.add(c, cRow)
        })
      },
    )
  })
}

/** packed(p, a, b, c, d, workspace). */
function definePacked(
  asm: Assembler,
  { tile, width }: Kernel,
  pack: (panel: number) => Callable,
  micro: Callable,
): Callable {
  return asm.define(undefined, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], undefined, (f, ...params) => {
    const [p, a, b, c, d, scratch] = params as [Local, Local, Local, Local, Local, Local]
    const get = (name: GemmField) => f.local('i32', field(p, name))
    const [m, n, k] = [get('m'), get('n'), get('k')]
    const [aRow, aColumn, bRow, bColumn] = [get('aRow'), get('aColumn'), get('bRow'), get('bColumn')]
    const [cRow, cColumn, dStep] = [get('cRow'), get('cColumn'), get('dStep')]
    const triangle = get('triangle')
    const panelA = f.local('i32', i32.add(scratch, i(Math.ceil((tile.rows * tile.columns * width) / 64) * 64)))
    const panelB = f.local('i32')
    const [j, at, row, jr, ir] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')]
    const [columns, depth, rows] = [f.local('i32'), f.local('i32'), f.local('i32')]
    const add = f.local('i32')
    const below = f.local('i32')
    // B lies behind the most of A that is packed at a time.
    const mostRows = i32.min(m, i(ROWS))
    const paddedRows = i32.mul(i32.div(i32.add(mostRows, i(tile.rows - 1)), i(tile.rows)), i(tile.rows * width))
    f.set(panelB, i32.add(panelA, i32.mul(i32.min(k, i(DEPTH)), paddedRows)))
    f.for(
      j,
      i(0),
      n,
      () => {
        f.set(columns, i32.min(i32.sub(n, j), i(COLUMNS)))
        f.for(
          at,
          i(0),
          k,
          () => {
            f.set(depth, i32.min(i32.sub(k, at), i(DEPTH)))
            f.set(add, i32.select(at, i(1), field(p, 'accumulate')))
            const fromB = i32.add(b, i32.add(i32.mul(at, bRow), i32.mul(j, bColumn)))
            const scale = i32.select(d, i32.add(d, i32.mul(at, dStep)), i(0))
            f.call(pack(tile.columns), [panelB, fromB, bRow, bColumn, depth, columns, scale, dStep])
            f.for(
              row,
              i(0),
              m,
              () => {
                f.set(rows, i32.min(i32.sub(m, row), i(ROWS)))
                f.if(i32.eqz(i32.and(triangle, i32.lt(i32.add(row, rows), i32.add(j, i(1))))), () => {
                  const fromA = i32.add(a, i32.add(i32.mul(row, aRow), i32.mul(at, aColumn)))
                  f.call(pack(tile.rows), [panelA, fromA, aColumn, aRow, depth, rows, i(0), i(0)])
                  f.for(
                    jr,
                    i(0),
                    columns,
                    () => {
                      f.for(
                        ir,
                        i(0),
                        rows,
                        () => {
                          // In a symmetric result the tile is needed if some entry has its row at or below its column.
                          f.set(below, i32.add(i32.add(row, ir), i(tile.rows)))
                          f.if(i32.eqz(i32.and(triangle, i32.le(below, i32.add(j, jr)))), () => {
                            f.call(micro, [
                              depth,
                              i32.add(panelA, i32.mul(i32.mul(ir, depth), i(width))),
                              i32.add(panelB, i32.mul(i32.mul(jr, depth), i(width))),
                              i32.add(c, i32.add(i32.mul(i32.add(row, ir), cRow), i32.mul(i32.add(j, jr), cColumn))),
                              cRow,
                              cColumn,
                              i32.min(i32.sub(rows, ir), i(tile.rows)),
                              i32.min(i32.sub(columns, jr), i(tile.columns)),
                              add,
                              scratch,
                            ])
                          })
                        },
                        tile.rows,
                      )
                    },
                    tile.columns,
                  )
                })
              },
              ROWS,
            )
          },
          DEPTH,
        )
      },
      COLUMNS,
    )
  })
}

/** direct(p, a, b, c): tiles of four rows and two vectors, then what is left over. */
function defineDirect(asm: Assembler, { lanes, width, multiplyAdd }: Kernel): Callable {
  return asm.define(undefined, ['i32', 'i32', 'i32', 'i32'], undefined, (f, ...params) => {
    const [p, a, b, c] = params as [Local, Local, Local, Local]
    const get = (name: GemmField) => f.local('i32', field(p, name))
    const [m, n, k] = [get('m'), get('n'), get('k')]
    const [aRow, aColumn, bRow, cRow] = [get('aRow'), get('aColumn'), get('bRow'), get('cRow')]
    const accumulate = get('accumulate')
    const [row, column, at] = [f.local('i32'), f.local('i32'), f.local('i32')]
    const [left, right, to] = [f.local('i32'), f.local('i32'), f.local('i32')]
    const pointers = Array.from({ length: 4 }, () => f.local('i32'))
    const sums = Array.from({ length: 8 }, () => f.local('v128'))
    const across = [f.local('v128'), f.local('v128')]
    const factor = f.local('v128')
    /** One tile at (row, column); `single` columns are one number wide. */
    const tileOf = (rows: number, vectors: number, single: boolean) => {
      for (let r = 0; r < rows; r++) {
        f.set(pointers[r] as Local, r === 0 ? left : i32.add(pointers[r - 1] as Local, aRow))
        for (let j = 0; j < vectors; j++) f.set(sums[2 * r + j] as Local, v128.zero)
      }
      f.set(right, i32.add(b, i32.mul(column, i(width))))
      f.for(at, i(0), k, () => {
        for (let j = 0; j < vectors; j++) {
          const load = single ? v128.loadZero(lanes.bits, right) : v128.load(right, 16 * j)
          f.set(across[j] as Local, load)
        }
        for (let r = 0; r < rows; r++) {
          f.set(factor, v128.loadSplat(lanes.bits, pointers[r] as Local))
          for (let j = 0; j < vectors; j++) {
            const sum = sums[2 * r + j] as Local
            f.set(sum, multiplyAdd(factor, across[j] as Local, sum))
          }
          f.add(pointers[r] as Local, aColumn)
        }
        f.add(right, bRow)
      })
      f.set(to, i32.add(c, i32.add(i32.mul(row, cRow), i32.mul(column, i(width)))))
      for (let r = 0; r < rows; r++) {
        for (let j = 0; j < vectors; j++) {
          const sum = sums[2 * r + j] as Local
          const old = single ? v128.loadZero(lanes.bits, to) : v128.load(to, 16 * j)
          f.if(accumulate, () => f.set(sum, lanes.add(old, sum)))
          if (single) f.storeLane(lanes.bits, to, sum)
          else f.store('v128', to, sum, 16 * j)
        }
        if (r + 1 < rows) f.add(to, cRow)
      }
    }
    const strip = (rows: number) => {
      f.set(left, i32.add(a, i32.mul(row, aRow)))
      f.set(column, i(0))
      for (const vectors of [2, 1]) {
        f.while(i32.le(i32.add(column, i(vectors * lanes.lanes)), n), () => {
          tileOf(rows, vectors, false)
          f.add(column, i(vectors * lanes.lanes))
        })
      }
      f.while(i32.lt(column, n), () => {
        tileOf(rows, 1, true)
        f.add(column, i(1))
      })
    }
    f.set(row, i(0))
    f.while(i32.le(i32.add(row, i(4)), m), () => {
      strip(4)
      f.add(row, i(4))
    })
    f.while(i32.lt(row, m), () => {
      strip(1)
      f.add(row, i(1))
    })
  })
}

/**
 * mirror(p, c, target): the entries of C, or of its lower triangle without the diagonal, are stored transposed from `target` on,
 * in blocks that stay in the cache.
 */
function defineMirror(asm: Assembler, { lanes }: Kernel, part: 'triangle' | 'whole'): Callable {
  const BLOCK = 32
  return asm.define(undefined, ['i32', 'i32', 'i32'], undefined, (f, ...params) => {
    const [p, c, target] = params as [Local, Local, Local]
    const get = (name: GemmField) => f.local('i32', field(p, name))
    const [m, n, cRow, cColumn] = [get('m'), get('n'), get('cRow'), get('cColumn')]
    const [top, left, row, column] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')]
    const [from, to] = [f.local('i32'), f.local('i32')]
    const isTriangle = part === 'triangle'
    f.for(
      top,
      i(0),
      m,
      () => {
        f.for(
          left,
          i(0),
          isTriangle ? i32.add(top, i(1)) : n,
          () => {
            f.for(row, top, i32.min(m, i32.add(top, i(BLOCK))), () => {
              f.set(from, i32.add(c, i32.add(i32.mul(row, cRow), i32.mul(left, cColumn))))
              f.set(to, i32.add(target, i32.add(i32.mul(left, cRow), i32.mul(row, cColumn))))
              f.for(column, left, i32.min(isTriangle ? row : n, i32.add(left, i(BLOCK))), () => {
                f.storeLane(lanes.bits, to, v128.loadZero(lanes.bits, from))
                f.add(from, cColumn)
                f.add(to, cRow)
              })
            })
          },
          BLOCK,
        )
      },
      BLOCK,
    )
  })
}
