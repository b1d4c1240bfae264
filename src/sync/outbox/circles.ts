/**
 * Which rows depend on each other round in a circle: the strongly connected components of the graph
 * of rows (Tarjan, SIAM J. Comput. 1(2), 1972). Without recursion, because a chain of rows may be
 * longer than the stack is deep; each row is looked at once, however many are asked for.
 */
interface Visit {
  parents: readonly string[];
  /** How many of its parents were followed. */
  followed: number;
  /** When it was reached, and the earliest that it leads back to: the name of its circle. */
  reached: number;
  circle: number;
  /** Its circle may still grow. */
  open: boolean;
}

/** Answers a row's circle, a number: another one for every row that is in none. */
export function circles(parents: (row: string) => readonly string[]): (row: string) => number {
  const visits = new Map<string, Visit>();
  const open: Visit[] = [];
  const visit = (row: string): Visit => {
    const reached = visits.size;
    const one = { parents: parents(row), followed: 0, reached, circle: reached, open: true };
    visits.set(row, one);
    open.push(one);
    return one;
  };
  const explore = (start: string): Visit => {
    const path = [visit(start)];
    for (;;) {
      const at = path.at(-1)!;
      const parent = at.parents[at.followed++];
      if (parent !== undefined) {
        const known = visits.get(parent);
        if (!known) path.push(visit(parent));
        else if (known.open) at.circle = Math.min(at.circle, known.reached);
        continue;
      }
      if (at.circle === at.reached)
        for (const one of open.splice(open.lastIndexOf(at)))
          Object.assign(one, { circle: at.circle, open: false });
      path.pop();
      const below = path.at(-1);
      if (!below) return at;
      below.circle = Math.min(below.circle, at.circle);
    }
  };
  return (row) => (visits.get(row) ?? explore(row)).circle;
}
