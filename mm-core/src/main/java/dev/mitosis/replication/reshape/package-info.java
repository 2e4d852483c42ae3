/**
 * Changes of live trees: replicas are added or removed, a tree moves to a node, or single tables follow their children.
 *
 * <p>All need the address space's lock for writing, except where a class says otherwise; hardware may walk meanwhile. New tables are
 * complete before a root leads to them; old ones are freed only after every processor has left them.
 *
 * <p>May import {@code mechanism}, {@code ring} and what lies below {@code replication}.
 */
@NullMarked
package dev.mitosis.replication.reshape;

import org.jspecify.annotations.NullMarked;
