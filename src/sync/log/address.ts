/** A row's name among all rows of the database. Neither part holds a slash. */
export function addressOf(collection: string, key: string): string {
  return `${collection}/${key}`;
}

/** The collection and the key of an address. */
export function rowAt(address: string): [collection: string, key: string] {
  return address.split('/') as [string, string];
}
