from dance3d.benchmarks.lift import multi_seed as seed_bench


def test_bench_reports_both_ways():
    figures = seed_bench.bench_seeds(count=2, frames=20, steps=3)
    assert set(figures) == {
        f"speed.seeds.{name}" for name in ("s", "reference_s", "ratio", "energy", "reference_energy", "left")
    }
    assert figures["speed.seeds.energy"] < figures["speed.seeds.reference_energy"]
