/**
 * What is made from a schema when it is first needed, and made once. Most of a start went into the validators and serializers of
 * routes, most of which a process never answers.
 */
export function compiledOnce<Compiled> (compile: (schema: object) => Compiled): (schema: object) => Compiled {
  const all = new WeakMap<object, Compiled>()
  return schema => {
    let compiled = all.get(schema)
    if (compiled === undefined) {
      compiled = compile(schema)
      all.set(schema, compiled)
    }
    return compiled
  }
}

/**
 * A schema's compilation costs more than all that its validator is ever asked: most of it went into making the code shorter. The schemas are
 * this program's own, and whether each of them is one is a test's to say.
 */
export const quickToCompile = { code: { optimize: false }, validateSchema: false } as const
