declare module 'process-on-spawn' {
  interface SpawnOptions { env: Record<string, string> }
  const processOnSpawn: { addListener: (listener: (options: SpawnOptions) => void) => void }
  export default processOnSpawn
}
