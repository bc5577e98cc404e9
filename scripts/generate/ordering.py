"""The order of definitions: each after those that it needs, as far as that is possible.

What a class inherits from must stand above it. What its members are of should; rings are the exception, and there the
later ones are named in quotes.
"""

from collections.abc import Iterable, Iterator, Mapping


def in_order(needs: Mapping[str, Iterable[str]], bases: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Give all names in groups: those of one group need each other; inside it, bases stand above their heirs."""
    for group in _rings(needs):
        ranks = {name: rank for rank, name in enumerate(needs)}
        ring = sorted(group, key=ranks.__getitem__)
        inside = {name: [base for base in bases.get(name, ()) if base in group] for name in ring}
        yield [name for single in _rings(inside) for name in single]


def _rings(needs: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Find what is strongly connected (Tarjan), without recursion: contracts are deeper than Python's stack."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    for root in needs:
        if root in index:
            continue
        work = [(root, iter(needs[root]))]
        while work:
            name, following = work[-1]
            if name not in index:
                index[name] = low[name] = len(index)
                stack.append(name)
            for target in following:
                if target not in index and target in needs:
                    work.append((target, iter(needs[target])))
                    break
                if target in stack:
                    low[name] = min(low[name], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    at = stack.index(name)
                    yield stack[at:]
                    del stack[at:]
