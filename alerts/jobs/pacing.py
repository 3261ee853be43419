"""Pacing, the I/O: one question to Redis a window, answered for all workers at once by Redis' own clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from alerts.core import logs
from alerts.mailings.pacing import PERIODS, SECOND, Buckets, Leave, Pace, Rate, day_of, least_of

log = logs.logger(__name__)

FLOOR = 1
"""Mails a second that each worker keeps to while Redis is away, where a rate is set and is not lower still."""
UNKNOWN_DAY = -1

# KEYS: the bucket in all, the day's count, then a bucket for each domain that has a rate.
# ARGV: every and burst in all (0: no rate), least, the day's allowance (-1: none), then every and burst of each
# domain, then for each person the number of the domain's key (0: no rate). A bucket is the moment it is full again.
# Answers: a letter for each person who was decided, the wait in all, the wait of the domains, and whether the day's
# count was not there (then nothing was taken).
_ASK = """
local t = redis.call('TIME'); local now = t[1] * 1000000 + t[2]
local every, burst, least, day = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local domains = #KEYS - 2; local people = #ARGV - 4 - 2 * domains; local left = people
local full = 0
if every > 0 then
  full = tonumber(redis.call('GET', KEYS[1]) or 0)
  local busy = math.max(0, full - now)
  left = math.min(left, math.max(0, math.floor((burst * every - busy) / every)))
  if left < least then return {'', string.format('%.0f', math.max(0, busy - (burst - least) * every)), '0', 0} end
end
if day >= 0 then
  local sent = redis.call('GET', KEYS[2])
  if not sent then return {'', '0', '0', 1} end
  left = math.min(left, day - tonumber(sent))
  if left <= 0 then return {'', '-1', '0', 0} end
end
local tat, changed = {}, {}
local went, wait, go = 0, 0, {}
for p = 1, people do
  local d = tonumber(ARGV[4 + 2 * domains + p]); local may = true
  if d > 0 then
    local e, b = tonumber(ARGV[3 + 2 * d]), tonumber(ARGV[4 + 2 * d])
    tat[d] = tat[d] or tonumber(redis.call('GET', KEYS[2 + d]) or 0)
    local busy = math.max(0, tat[d] - now)
    may = b * e - busy >= e
    if may and went == left then break end
    if may then tat[d] = now + busy + e; changed[d] = true else wait = math.max(wait, busy) end
  elseif went == left then break end
  if may then went = went + 1 end
  go[p] = may and '1' or '0'
end
local function keep(key, at)
  redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000) + 1000)
end
for d in pairs(changed) do keep(KEYS[2 + d], tat[d]) end
if every > 0 and went > 0 then keep(KEYS[1], math.max(full, now) + went * every) end
if day >= 0 and went > 0 then redis.call('INCRBY', KEYS[2], went) end
return {table.concat(go), '0', string.format('%.0f', wait), 0}
"""


class RedisPacer:
    """Asks Redis for what may go out by one transport. Without Redis it keeps to `FLOOR` mails a second by itself.

    `first_day` says when the transport took its first mail, `sent_on` how many mails left on a day: the database's
    word, asked once a day and when Redis has forgotten.
    """

    def __init__(
        self,
        redis: Redis,
        key: str,
        pace: Pace,
        *,
        first_day: Callable[[], date | None],
        sent_on: Callable[[date], int],
    ) -> None:
        self.pace = pace
        self._key = key
        self._redis = redis
        self._script = redis.register_script(_ASK)
        self._first_day, self._sent_on = first_day, sent_on
        self._floor = Buckets()
        self._day: tuple[date, int | None] | None = None

    def ask(self, domains: Sequence[str]) -> Leave:
        """Take what may go out now to people of these domains, in their order."""
        allowance = self._allowance() if self.pace.warm_up else None
        try:
            return self._ask(domains, allowance)
        except RedisError as error:
            log.warning("pacing.redis_away", error=type(error).__name__, per_second=FLOOR)
            return self._floor.ask(floor_of(self.pace, allowance), domains, time.monotonic_ns() // 1000)

    def _ask(self, domains: Sequence[str], allowance: int | None) -> Leave:
        rate, today = self.pace.rate, _today()
        limits = {name: limit for name in dict.fromkeys(domains) if (limit := self.pace.of(name)) is not None}
        numbers = {name: number for number, name in enumerate(limits, start=1)}
        count = f"pace:{self._key}:{today.isoformat()}"
        keys = [f"pace:{self._key}", count, *(f"pace:{self._key}:to:{name}" for name in limits)]
        values: list[int] = [rate.every, rate.burst, least_of(len(domains), rate)] if rate else [0, 0, 0]
        values.append(UNKNOWN_DAY if allowance is None else allowance)
        values += [value for limit in limits.values() for value in (limit.every, limit.burst)]
        values += [numbers.get(name, 0) for name in domains]
        answer: Any = self._script(keys, values)
        if answer[3]:
            self._redis.set(count, self._sent_on(today), nx=True, ex=2 * PERIODS["d"])
            answer = self._script(keys, values)
        wait = _until_tomorrow() if int(answer[1]) < 0 else int(answer[1]) / SECOND
        return Leave([letter == ord("1") for letter in answer[0]], wait, int(answer[2]) / SECOND)

    def _allowance(self) -> int | None:
        """Today's, asked of the database once a day; until the first mail has left it is day 1."""
        today = _today()
        if self._day is None or self._day[0] != today:
            assert self.pace.warm_up is not None
            self._day = today, self.pace.warm_up.allowance(day_of(self._first_day(), today))
        return self._day[1]


def floor_of(pace: Pace, allowance: int | None) -> Pace:
    """What one worker alone keeps to: the floor, or what was set where that is less."""
    slowest = [Rate(FLOOR, "s", 1)]
    if pace.rate is not None:
        slowest.append(Rate(pace.rate.mails, pace.rate.period, 1))
    if allowance is not None:
        slowest.append(Rate(max(1, allowance), "d", 1))
    return Pace(max(slowest, key=lambda rate: rate.every), pace.domains)


def _today() -> date:
    return datetime.now(UTC).date()


def _until_tomorrow() -> float:
    now = datetime.now(UTC)
    return PERIODS["d"] - (now.hour * 3600 + now.minute * 60 + now.second) + 1
