/**
 * What waits for each other round in a circle: the strongly connected components of a graph (Tarjan,
 * SIAM J. Comput. 1(2), 1972). Without recursion, because a chain may be longer than the stack is
 * deep; each node is looked at once, however many are asked for.
 */
interface Visit {
  targets: readonly string[];
  /** How many of its targets were followed. */
  followed: number;
  /** When it was reached, and the earliest that it leads back to: the name of its circle. */
  reached: number;
  circle: number;
  /** Its circle may still grow. */
  open: boolean;
}

/** Answers a node's circle, a number: another one for every node that is in none. */
export function circles(targets: (node: string) => readonly string[]): (node: string) => number {
  const visits = new Map<string, Visit>();
  const open: Visit[] = [];
  const visit = (node: string): Visit => {
    const reached = visits.size;
    const one = { targets: targets(node), followed: 0, reached, circle: reached, open: true };
    visits.set(node, one);
    open.push(one);
    return one;
  };
  const explore = (start: string): Visit => {
    const path = [visit(start)];
    for (;;) {
      const at = path.at(-1)!;
      const target = at.targets[at.followed++];
      if (target !== undefined) {
        const known = visits.get(target);
        if (!known) path.push(visit(target));
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
  return (node) => (visits.get(node) ?? explore(node)).circle;
}
