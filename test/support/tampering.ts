/**
 * The beginning of a module that defines `tamper`, which makes every member of these built-ins throw, once.
 * @param owners expressions, such as `Array`
 * @param names what every object seems to inherit from then on; the `absent` ones as `undefined`, as what looks for them would never get further
 */
export function tamperWith (owners: string[], names: string[], absent: string[]): string {
  return `
    const owners = [${owners.join()}]
    const { defineProperty, getOwnPropertyNames, getOwnPropertySymbols } = Object
    const bad = () => { throw new Error('tampered') }
    let isDone = false
    const tamper = () => {
      if (isDone) return
      isDone = true
      const inherit = (name, get) => { try { defineProperty(Object.prototype, name, { __proto__: null, get, set: bad }) } catch {} }
      for (const name of ${JSON.stringify(names)}) inherit(name, bad)
      for (const name of ${JSON.stringify(absent)}) inherit(name, undefined)
      for (let i = 0; i < owners.length; i++) {
        const owner = owners[i]
        for (let holder = owner.prototype ?? owner; holder; holder = holder === owner ? null : owner) {
          const names = getOwnPropertyNames(holder), symbols = getOwnPropertySymbols(holder)
          for (let j = 0; j < names.length + symbols.length; j++) {
            const name = j < names.length ? names[j] : symbols[j - names.length]
            if (name === 'prototype') continue
            try { defineProperty(holder, name, { __proto__: null, value: bad }) } catch {}
          }
        }
      }
    }`
}

export const builtIns = ['Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'Map', 'Set', 'WeakMap', 'Error', 'TypeError', 'RegExp', 'Date', 'JSON', 'Reflect', 'Math']
