package dev.mitosis.cli.pages;

import dev.mitosis.lab.experiments.ExperimentRegistry;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.synthetic.WorkloadRegistry;
import dev.mitosis.workloads.trace.format.TraceFormatRegistry;
import java.util.List;

/** What the registries hold, with the line for people of each entry. */
final class RegistryParts {
    private RegistryParts() {}

    static String policies() {
        return Markdown.table(
                List.of("name", "what it does", "compared unasked"),
                PolicyRegistry.policies().stream()
                        .map(policy -> row(policy.name(), policy.description(), policy.isVariant() ? "no" : "yes"))
                        .toList());
    }

    static String workloads() {
        return Markdown.table(
                List.of("name", "what it is", "footprint"),
                WorkloadRegistry.workloads().stream()
                        .map(workload -> row(
                                workload.name(), workload.description(), (workload.footprintBytes() >> 30) + " GiB"))
                        .toList());
    }

    static String figures() {
        return Markdown.table(
                List.of("name", "what it shows"),
                ExperimentRegistry.experiments().stream()
                        .map(experiment -> row(experiment.id(), experiment.description()))
                        .toList());
    }

    static String formats() {
        return Markdown.table(
                List.of("name", "written by"),
                TraceFormatRegistry.formats().stream()
                        .map(format -> row(format.name(), format.description()))
                        .toList());
    }

    private static List<String> row(String name, String description) {
        return List.of(Markdown.code(name), Markdown.plain(description));
    }

    private static List<String> row(String name, String description, String more) {
        return List.of(Markdown.code(name), Markdown.plain(description), more);
    }
}
