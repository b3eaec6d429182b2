"""The outbox: effects reach their handlers at least once, in order per case, and only after their event is on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from xinfang_flow.engine import telemetry
from xinfang_flow.engine.answers import Delivery
from xinfang_flow.engine.clock import Clock
from xinfang_flow.kernel import EffectRequest
from xinfang_flow.store import Store, Waiting

Handler = Callable[[EffectRequest], Any]
MOST_TRIES = 8
FIRST_WAIT = timedelta(seconds=30)


def deliver(store: Store, handlers: Mapping[str, Handler], clock: Clock, limit: int) -> Delivery:
    """Deliver up to `limit` effects; one that fails is tried again later, and after eight tries is a dead letter."""
    delivered = failed = dead = 0
    unhandled: set[str] = set()
    seen: set[EffectRequest] = set()
    while delivered + failed + dead < limit:
        with store.transaction() as transaction:
            # As many more as have been seen: what waits for a handler must not stand before what has one.
            waiting = transaction.waiting(clock.now(), limit + len(seen))
        batch = [effect for effect in waiting if effect.request not in seen]
        for effect in batch:
            seen.add(effect.request)
            handler = handlers.get(effect.request.name)
            if handler is None:
                unhandled.add(effect.request.name)
                continue
            settled = _hand_over(effect, handler, clock)
            with store.transaction() as transaction:
                transaction.settle(settled)
            delivered += settled.state == "delivered"
            dead += settled.state == "dead"
            failed += settled.state == "waiting"
        if not batch:
            break
    return Delivery(delivered, failed, dead, tuple(sorted(unhandled)))


def _hand_over(effect: Waiting, handler: Handler, clock: Clock) -> Waiting:
    tries = effect.tries + 1
    try:
        handler(effect.request)
    except Exception as error:  # noqa: BLE001  a handler may fail in any way; the outbox must outlive it
        telemetry.warn("effect.failed", case_id=effect.request.case_id, effect=effect.request.name, tries=tries)
        if tries >= MOST_TRIES:
            return effect._replace(state="dead", tries=tries, error=type(error).__name__)
        retry_at = clock.now() + FIRST_WAIT * 2 ** (tries - 1)
        return effect._replace(tries=tries, error=type(error).__name__, retry_at=retry_at)
    return effect._replace(state="delivered", tries=tries, error=None, retry_at=None)
