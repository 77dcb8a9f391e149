/** Where a sorted list turns, by halves. */

/** How many at the beginning are so, of a list where those that are so stand first. */
export function partition(length: number, isSo: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
