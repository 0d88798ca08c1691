/** A book as the shop knows it. Money is in cents of the shop's currency. */
export interface Book {
  isbn: string
  title: string
  author: string
  genre: Genre
  year: number
  pages: number
  weightGrams: number
  priceCents: number
  /** What the shop pays for it: for the dashboard only. */
  costCents: number
  stock: number
}

export const genres = ['novel', 'poetry', 'science', 'travel'] as const
export type Genre = typeof genres[number]

/** The catalogue comes along with the code: a new one is a new version, which is promoted like any other change. */
export const catalogue: readonly Book[] = [
  book('9780000100078', 'Pride and Prejudice', 'Jane Austen', 'novel', 1813, 432, 340, 1090, 610, 24),
  book('9780000200143', 'Persuasion', 'Jane Austen', 'novel', 1817, 254, 220, 950, 520, 3),
  book('9780000300218', 'Frankenstein', 'Mary Shelley', 'novel', 1818, 280, 240, 990, 540, 12),
  book('9780000400284', 'Jane Eyre', 'Charlotte Brontë', 'novel', 1847, 532, 410, 1190, 680, 8),
  book('9780000500359', 'Wuthering Heights', 'Emily Brontë', 'novel', 1847, 416, 330, 1090, 600, 0),
  book('9780000600424', 'Moby-Dick', 'Herman Melville', 'novel', 1851, 720, 560, 1490, 830, 5),
  book('9780000700490', 'Leaves of Grass', 'Walt Whitman', 'poetry', 1855, 624, 470, 1290, 700, 6),
  book('9780000800565', 'Poems', 'Emily Dickinson', 'poetry', 1890, 152, 160, 890, 450, 18),
  book('9780000900630', 'Songs of Innocence', 'William Blake', 'poetry', 1789, 96, 120, 790, 390, 0),
  book('9780000000705', 'On the Origin of Species', 'Charles Darwin', 'science', 1859, 502, 430, 1590, 900, 9),
  book('9780000100771', 'The Chemical History of a Candle', 'Michael Faraday', 'science', 1861, 168, 180, 1090, 560, 2),
  book('9780000200846', 'Relativity', 'Albert Einstein', 'science', 1916, 168, 180, 1290, 640, 15),
  book('9780000300911', 'The Voyage of the Beagle', 'Charles Darwin', 'travel', 1839, 480, 400, 1490, 820, 7),
  book('9780000400987', 'Travels in West Africa', 'Mary Kingsley', 'travel', 1897, 416, 380, 1390, 760, 4)
]

const byIsbn = new Map(catalogue.map(book => [book.isbn, book]))

export function findBook (isbn: string): Book | null {
  return byIsbn.get(isbn) ?? null
}

function book (
  isbn: string, title: string, author: string, genre: Genre, year: number, pages: number, weightGrams: number, priceCents: number, costCents: number, stock: number
): Book {
  return { isbn, title, author, genre, year, pages, weightGrams, priceCents, costCents, stock }
}
