// Charts with the same data-group share the cursor, whatever library draws them.

const groups = new Map();

/** Join a group; `receive(x)` is told where others point (null: nowhere). Returns the teller. */
export function join(name, receive) {
  if (!name) return () => {};
  if (!groups.has(name)) groups.set(name, new Set());
  const members = groups.get(name);
  members.add(receive);
  return (x) => {
    for (const other of members) if (other !== receive) other(x);
  };
}

export function leave(name, receive) {
  groups.get(name)?.delete(receive);
}

/** Index of the last value that is not above `target` in a rising list. */
export function indexAt(values, target) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= target) low = middle;
    else high = middle - 1;
  }
  return low;
}
