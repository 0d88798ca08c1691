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
