"""CPU of whole answers and of stream events."""

import http.client
import json
import statistics

import live_upstream
import load
import nginx
import payloads
from load import Case, median


def _ratio(samples, floor):
    return statistics.median(
        sample.total / reference.total for sample, reference in zip(samples, floor, strict=True))


def requests(bench):
    """Short requests: passthrough and translated, against nginx."""
    directions = []
    if bench.wants("passthrough"):
        directions += [("passthrough chat, 1-2 KB", "chat", "chat", 2),
                       ("passthrough messages, 1-2 KB", "messages", "messages", 2)]
    if bench.wants("translated"):
        directions += [("translated chat to messages, 1-2 KB", "chat", "messages", 3),
                       ("translated messages to chat, 1-2 KB", "messages", "chat", 3)]
    floor = Case("nginx", bench.floor, "chat", "chat", "plain")
    cases = [floor] + [
        Case(name, bench.candidate, client, upstream, "plain") for name, client, upstream, _ in directions
    ]
    for case in cases:
        case.verify(None)
    samples = load.alternate(cases, bench)
    reference = median(samples["nginx"], "total")
    for name, _, _, target in directions:
        ratio = _ratio(samples[name], samples["nginx"])
        bench.report.add(
            name, f"CPU/request <= {target} x nginx", ratio, target, "x",
            f"{median(samples[name], 'total'):.1f} us ({median(samples[name], 'user'):.1f} user), "
            f"nginx {reference:.1f} us")


def accounting(bench):
    """Proves that auth, usage and log were on: the ledger must know every request that was served."""
    case = Case("recorded requests", bench.candidate, "chat", "chat", "plain")
    before = bench.candidate.recorded_requests()
    sample = load.run(case, bench.folder, 1)
    after = bench.settled(bench.candidate.recorded_requests)
    missing = sample.requests - (after - before)
    bench.report.add(
        "requests missing from the ledger", "0", max(0, missing), 0, "",
        f"{sample.requests} served, {after - before} recorded")


def agent(bench):
    """A coding agent's request of 100 KB: what translation adds to passing it on."""
    floor = Case("nginx, 100 KB", bench.floor, "chat", "chat", "agent")
    pairs = [
        ("chat to messages", Case("passthrough chat, 100 KB", bench.candidate, "chat", "chat", "agent"),
         Case("translated chat to messages, 100 KB", bench.candidate, "chat", "messages", "agent")),
        ("messages to chat", Case("passthrough messages, 100 KB", bench.candidate, "messages", "messages", "agent"),
         Case("translated messages to chat, 100 KB", bench.candidate, "messages", "chat", "agent")),
    ]
    cases = [floor] + [case for _, plain, translated in pairs for case in (plain, translated)]
    for case in cases:
        case.verify(None)
    samples = load.alternate(cases, bench)
    for name, plain, translated in pairs:
        added = statistics.median(
            more.total - less.total
            for more, less in zip(samples[translated.name], samples[plain.name], strict=True))
        bench.report.add(
            f"100 KB agent request, {name}", "<= 250 us CPU above passthrough", added, 250, "us",
            f"{median(samples[translated.name], 'total'):.0f} us, "
            f"passthrough {median(samples[plain.name], 'total'):.0f} us, "
            f"nginx {median(samples[floor.name], 'total'):.0f} us, body {len(translated.body)} bytes")


def large_agent(bench):
    """The same of 1 MB, which no target is set for."""
    for client, upstream in (("chat", "messages"), ("messages", "chat")):
        plain = Case(f"passthrough {client}, 1 MB", bench.candidate, client, client, "large")
        translated = Case(f"translated {client} to {upstream}, 1 MB", bench.candidate, client, upstream, "large")
        for case in (plain, translated):
            case.verify(None)
        samples = load.alternate([plain, translated], bench)
        added = statistics.median(
            more.total - less.total
            for more, less in zip(samples[translated.name], samples[plain.name], strict=True))
        bench.report.note(
            f"1 MB agent request, {client} to {upstream}", added, "us",
            f"CPU above passthrough; {median(samples[translated.name], 'total'):.0f} us, "
            f"passthrough {median(samples[plain.name], 'total'):.0f} us, body {len(translated.body)} bytes")


def pairs(bench):
    """The cost of a stream event for every pair of dialects, as in `stream_events`."""
    events = nginx.MANY_EVENTS - nginx.FEW_EVENTS
    for client in payloads.ALL:
        for upstream in payloads.ALL:
            # A smoke test is content with a few.
            if client == upstream or bench.is_quick and "chat" not in (client, upstream):
                continue
            few = Case(f"few, {client} from {upstream}", bench.candidate, client, upstream, "few")
            many = Case(f"many, {client} from {upstream}", bench.candidate, client, upstream, "many")
            few.verify(nginx.FEW_EVENTS)
            many.verify(nginx.MANY_EVENTS)
            samples = load.alternate([few, many], bench, seconds=min(1, bench.seconds), rounds=min(2, bench.rounds))
            cost = statistics.median(
                (more.user - less.user) / events
                for more, less in zip(samples[many.name], samples[few.name], strict=True))
            bench.report.add(
                f"stream event, {upstream} upstream, {client} client", "<= 6 us user CPU", cost, 6, "us", "")


def stream_events(bench):
    """The cost of an event: answers of many events less answers of few, in user space."""
    names = {"messages": "messages to chat", "chat": "chat to messages"}
    for upstream, name in names.items():
        client = "chat" if upstream == "messages" else "messages"
        few = Case(f"stream of few, {name}", bench.candidate, client, upstream, "few")
        many = Case(f"stream of many, {name}", bench.candidate, client, upstream, "many")
        few.verify(nginx.FEW_EVENTS)
        many.verify(nginx.MANY_EVENTS)
        samples = load.alternate([few, many], bench)
        events = nginx.MANY_EVENTS - nginx.FEW_EVENTS
        cost = [
            ((more.user - less.user) / events, (more.total - less.total) / events)
            for more, less in zip(samples[many.name], samples[few.name], strict=True)
        ]
        bench.report.add(
            f"stream event translated, {name}", "<= 6 us user CPU",
            statistics.median(user for user, _ in cost), 6, "us",
            f"(answer of {nginx.MANY_EVENTS} events - answer of {nginx.FEW_EVENTS}) / {events}, many events a read; "
            f"user+system {statistics.median(total for _, total in cost):.2f} us")


def paced_events(bench):
    """Events that arrive one by one, each with its own read and write; nginx does the same beside it."""
    connection = http.client.HTTPConnection("127.0.0.1", bench.live_port, timeout=10)

    def sent():
        connection.request("GET", "/counts")
        return json.loads(connection.getresponse().read())["events"]

    def cost(case):
        before = sent()
        sample = load.run(case, bench.folder, bench.seconds, connections=16)
        events = sent() - before
        if events == 0:
            raise RuntimeError(f"{case.name} via {case.proxy.name}: the upstream sent no events")
        scale = sample.requests / events
        bench.say(f"  {case.name}: {sample.total * scale:.1f} us CPU/event ({sample.user * scale:.1f} user)")
        return sample.user * scale, sample.total * scale

    floor = Case("paced stream, nginx", bench.floor, "messages", "messages", "paced")
    for upstream, name in {"messages": "messages to chat", "chat": "chat to messages"}.items():
        client = "chat" if upstream == "messages" else "messages"
        case = Case(f"paced stream, {name}", bench.candidate, client, upstream, "paced")
        case.verify(live_upstream.PACED_EVENTS)
        own, reference = [], []
        for _ in range(bench.rounds):
            reference.append(cost(floor))
            own.append(cost(case))
        middle = [statistics.median(value) for value in zip(*own, strict=True)]
        base = [statistics.median(value) for value in zip(*reference, strict=True)]
        bench.report.note(
            f"stream event one by one, {name}", middle[1], "us",
            f"user+system with a read and a write for each event (about {middle[0]:.1f} us user), "
            f"nginx passing it on {base[1]:.1f} us")
    connection.close()
