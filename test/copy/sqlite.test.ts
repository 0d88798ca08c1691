import t from 'tap'
import { sqlitePlace } from '../support/store-places.ts'
import { copyingContract } from './copying.ts'

copyingContract(t, sqlitePlace, sqlitePlace)
