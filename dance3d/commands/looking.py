"""Commands that look at a video, the machine, the cache and the weights, and that measure."""

from __future__ import annotations

from typing import Any

from dance3d.commands.shared import REFUSED, open_cache


def check(options: Any) -> None:
    """Diagnose a clip."""
    from dance3d.doctor import check_video

    for line in check_video(options.video):
        print(line)


def doctor(options: Any) -> int:
    """Diagnose the machine."""
    import json

    from dance3d.doctor import examine

    findings = examine()
    for finding in findings:
        print(f"{'ok ' if finding.ok else 'NO ' if finding.needed else '-- '} {finding.name}: {finding.text}")
    if options.json:
        options.json.write_text(json.dumps([vars(finding) for finding in findings], indent=1))
    return 0 if all(finding.ok for finding in findings if finding.needed) else REFUSED


def cache(options: Any) -> int:
    """List, verify, clean or explain the cache."""
    from dance3d.cache import MANIFEST

    cache = open_cache(options)
    if options.action == "explain":
        if options.video is None:
            raise ValueError("cache explain needs the video to explain")
        from dance3d.pipeline import explain

        for stage, why in explain(options.video, cache, options.pose_from):
            print(f"{stage:10} {why}")
    elif options.action == "ls":
        for folder in cache.entries():
            size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
            print(f"{folder.parent.name:14} {folder.name[:16]} {size / 1e6:9.2f} MB")
    elif options.action == "verify":
        faults = cache.verify()
        for folder, fault in faults:
            print(f"{folder.parent.name}/{folder.name[:16]}: {fault}; put aside")
        print(f"{len(faults)} damaged, {len(list(cache.entries()))} sound in {cache.root}")
        return REFUSED if faults else 0
    else:
        print(f"removed {len(cache.gc(options.days))} entries from {cache.root}")
    return 0


def weights(options: Any) -> int:
    """List, verify or fetch weights."""
    from dance3d.io import fetch

    if options.action == "fetch":
        if not options.names:
            raise ValueError(f"weights fetch needs a name; choose from {', '.join(fetch.third_party())}")
        for name in options.names:
            print(fetch.fetch(name, options.origin, lambda line: print(f"  {line}", flush=True)))
        return 0
    broken = 0
    for name, entry, state in fetch.states(options.names, options.action == "verify"):
        free = entry["commercial_ok"] is True
        if free or not options.commercial:
            try:
                said = state()
            except ValueError as error:
                said, broken = str(error), broken + 1
            licence = entry["license"] + ("" if free else ", commercial use unclear")
            print(f"{name:21} {entry['bytes'] / 1e6:6.1f} MB  {entry['sha256'][:12]}  {licence}; {said}")
    return REFUSED if broken else 0


def bench(options: Any) -> None:
    """Measure the figures of the documentation."""
    from dance3d.bench import bench

    bench(options.stages, options.data, options.json, options.budget)
