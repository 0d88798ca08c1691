/** Packages that come without types, as far as they are used. */
declare module '@npmcli/arborist' {
  export interface Node {
    /** The registry's name for it, where `name` may be an alias. */
    packageName: string
    version: string
    integrity: string | null
    /** Relative to the root, with `/`. */
    location: string
    package: { gypfile?: boolean }
    isProjectRoot: boolean
    dev: boolean
    optional: boolean
    hasShrinkwrap: boolean
  }

  export default class Arborist {
    constructor (options: object)
    buildIdealTree (): Promise<{ inventory: Map<string, Node> }>
  }
}

declare module 'pacote' {
  const pacote: {
    tarball: {
      /** The handler is called again where what came was damaged on the way. */
      stream: <Result>(spec: string, handler: (stream: AsyncIterable<Buffer>) => Promise<Result>, options: object) => Promise<Result>
    }
  }
  export default pacote
}

declare module 'npm-package-arg' {
  interface Spec {
    /** true: a version, a range or a tag. */
    registry?: boolean
    /** Of an alias. */
    subSpec?: Spec
  }
  const npa: {
    /** Looks at nothing but the texts. @throws for what is no name or no specifier */
    resolve: (name: string, specifier: string) => Spec
  }
  export default npa
}
