export { type FileJournalOptions, fileJournal } from './journal.ts'
export type { TornTail } from './lines.ts'
