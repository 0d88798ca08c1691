import { scope } from '../scope.ts'

export const { TransformStream } = scope.use('streams')
