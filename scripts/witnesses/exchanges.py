"""What went over the wire: every witness is sent once, and its answers are remembered."""

import json
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Final

from scripts.witnesses.calls import KEPT, OWNER, Call, Circumstance, Witness, Witnesses
from scripts.witnesses.document import Contract, Node, Supply
from scripts.witnesses.judge import Answer
from scripts.witnesses.rig import Address, Rig
from scripts.witnesses.wire import Wire, request_of

_CONSUMING: Final = "DELETE"
"""The method after which a thing is no more."""

_ANYTHING: Final = "1"


class Exchanges:
    """Sends witnesses to the service of a rig. `contract` is the one that the service was made for."""

    def __init__(self, rig: Rig, contract: Contract) -> None:
        self._rig = rig
        self._contract = contract
        self._wires: dict[Address, Wire] = {}
        self._tokens: dict[str, str] = {}
        self._kept: str | None = None
        self._stored: set[int] = set()
        self._supplies = {operation.id: contract.supplies(operation) for operation in contract.operations.values()}
        self.remembered: dict[Witness, tuple[Answer, ...]] = {}

    def answers(self, witness: Witness) -> tuple[Answer, ...]:
        """What a witness was answered, now or before."""
        if witness not in self.remembered:
            self.send([witness])
        return self.remembered[witness]

    def send(self, witnesses: Iterable[Witness]) -> None:
        """Send all that were not sent before; those under one circumstance together."""
        new = [witness for witness in dict.fromkeys(witnesses) if witness not in self.remembered]
        new.sort(key=lambda witness: list(Circumstance).index(witness[0].circumstance))
        for circumstance, group in groupby(new, key=lambda witness: witness[0].circumstance):
            with self._rig.under(circumstance) as address:
                wire = self._wires.setdefault(address, Wire(address))
                for witness in group:
                    # The same call twice is the same bytes twice, also where it names what was made for it.
                    made = {call: self._bytes(wire, call) for call in witness}
                    self.remembered[witness] = tuple(self._sent(wire, call, made[call]) for call in witness)
                if address != self._rig.address:
                    self._wires.pop(address).close()

    def close(self) -> None:
        """End the connections."""
        for wire in self._wires.values():
            wire.close()

    def _bytes(self, wire: Wire, call: Call) -> bytes:
        authorization = None if call.caller is None else f"{call.scheme} {self._token(call.caller)}"
        if call.operation is not None and call.circumstance in {
            Circumstance.NONE,
            Circumstance.STRICT,
            Circumstance.ROLES,
        }:
            self._store_what_is_named(call.body or b"")
        return request_of(call, wire.host, authorization, self._identifier(wire, call))

    def _sent(self, wire: Wire, call: Call, request: bytes) -> Answer:
        answer = wire.send(call.method, request)
        if call.method == _CONSUMING:
            self._kept = None
            self._stored.clear()
        return answer

    def _store_what_is_named(self, body: bytes) -> None:
        """Put there what a body names by the names of identifiers that paths have."""
        try:
            named = set(_integers(json.loads(body), self._contract.identifiers)) - self._stored
        except (ValueError, RecursionError):
            return  # no JSON
        if named:
            self._rig.keep(*named)
            self._stored |= named

    def _token(self, user: str) -> str:
        if user not in self._tokens:
            self._tokens[user] = self._rig.token(user)
        return self._tokens[user]

    def _identifier(self, wire: Wire, call: Call) -> str:
        """The id of something that is there; where a call names one itself, it is put there."""
        supplies = self._supplies.get(call.operation or "", {})
        for name, text in call.path:
            if name in supplies and text == KEPT:
                return self._thing(wire, supplies[name])
            if name in supplies and call.circumstance is Circumstance.NONE and text.isdecimal() and text.isascii():
                self._rig.keep(int(text))
        return _ANYTHING

    def _thing(self, wire: Wire, supply: Supply) -> str:
        if self._kept is None:
            call = Witnesses(self._contract, self._contract.operations[supply.operation]).plain()
            authorization = f"{call.scheme} {self._token(OWNER)}"
            made: Node = json.loads(wire.send(call.method, request_of(call, wire.host, authorization, "")).body)
            for member in supply.members:
                made = made[member]
            self._kept = str(made)
        return self._kept


def _integers(value: Node, names: Collection[str]) -> Iterator[int]:
    """The integers that members with one of these names have, anywhere."""
    if isinstance(value, dict):
        yield from (child for name, child in value.items() if name in names and type(child) is int)
        value = list(value.values())
    if isinstance(value, list):
        yield from (found for child in value for found in _integers(child, names))
