export function countEntries(table: { range(range: object): Iterable<unknown> }): number {
  let count = 0;
  for (const _ of table.range({})) count++;
  return count;
}
