/** What `#threads` of package.json exports: one module in Node, another in browsers. */
declare module '#threads' {
  export const threads: number
  export const canWait: boolean
  export const start: () => { readonly post: (message: object) => void; readonly stop: () => void }
}
