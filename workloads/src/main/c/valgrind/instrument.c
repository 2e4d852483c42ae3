/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * Blocks as they are translated. Before each access of the program goes a store of its address at a constant place after the free
 * word; at each exit the block's number and the exit's into the free word, and the next free word into the
 * thread's shadow registers. An exit that is not taken writes them too, and a later one writes them again. Meanwhile what each value comes from is
 * followed through the block, so that nothing but addresses need be written when it runs.
 */
#include "tool.h"

#include "classes.h"

#include "libvex_guest_amd64.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"

enum { MAX_HEADS = 4096, MAX_LEFT = MAX_EXITS * 4 + REGISTERS };

/* An exit as it is built. */
struct built_exit {
    struct counts counts;
    UInt access_count, first_left, left_count, in_order;
};

struct building {
    IRSB *out;
    IRTemp free_word;
    Int pointer_offset;
    struct source *temps;
    struct source registers[REGISTERS];
    struct access accesses[MAX_ACCESSES];
    struct built_exit exits[MAX_EXITS];
    struct left_in_register left[MAX_LEFT + REGISTERS];
    UInt access_count, exit_count, left_count;
    /* The constants that exits write first, and which exit each is of: they get the exit's address when it is known. */
    IRConst *heads[MAX_HEADS];
    UInt head_exits[MAX_HEADS];
    UInt head_count;
    struct counts counts;
    enum operation_class class;
    Bool is_branch;
};

static const struct source NOTHING = {{NOWHERE, NOWHERE, NOWHERE}};

/* ---- what values come from ---- */

static struct source from_place(UInt place)
{
    struct source s = NOTHING;
    s.from[0] = (uint16_t)place;
    return s;
}

static struct source from_load(UInt access)
{
    return from_place(FIRST_ACCESS + access);
}

/* Of more than there is room for, the youngest loads are kept, then registers. */
static void add_origin(struct source *s, uint16_t place)
{
    for (UInt i = 0; i < ORIGINS; i++) {
        uint16_t kept = s->from[i];
        if (kept == place) {
            return;
        }
        if (place > kept) {
            s->from[i] = place;
            place = kept;
        }
    }
}

static struct source merge(struct source a, struct source b)
{
    for (UInt i = 0; i < ORIGINS; i++) {
        if (b.from[i] != NOWHERE) {
            add_origin(&a, b.from[i]);
        }
    }
    return a;
}

static Int register_at(Int offset)
{
    if (offset >= (Int)offsetof(VexGuestAMD64State, guest_RAX) && offset < (Int)offsetof(VexGuestAMD64State, guest_CC_OP)) {
        return (offset - (Int)offsetof(VexGuestAMD64State, guest_RAX)) / 8;
    }
    return -1;
}

static struct source of_atom(const struct building *b, const IRExpr *e)
{
    return e && e->tag == Iex_RdTmp ? b->temps[e->Iex.RdTmp.tmp] : NOTHING;
}

static void note_class(struct building *b, IROp op)
{
    enum operation_class class = class_of(op);
    if (class > b->class) {
        b->class = class;
    }
}

static UInt add_access(struct building *b, IRExpr *va, IRExpr *guard, UInt bytes, UInt flags, struct source data);

static struct source of_value(struct building *b, IRExpr *e)
{
    switch (e->tag) {
    case Iex_RdTmp:
        return of_atom(b, e);
    case Iex_Get: {
        Int reg = register_at(e->Iex.Get.offset);
        return reg < 0 ? NOTHING : b->registers[reg];
    }
    case Iex_Unop:
        note_class(b, e->Iex.Unop.op);
        return of_atom(b, e->Iex.Unop.arg);
    case Iex_Binop:
        note_class(b, e->Iex.Binop.op);
        return merge(of_atom(b, e->Iex.Binop.arg1), of_atom(b, e->Iex.Binop.arg2));
    case Iex_Triop: {
        IRTriop *op = e->Iex.Triop.details;
        note_class(b, op->op);
        return merge(of_atom(b, op->arg1), merge(of_atom(b, op->arg2), of_atom(b, op->arg3)));
    }
    case Iex_Qop: {
        IRQop *op = e->Iex.Qop.details;
        note_class(b, op->op);
        return merge(merge(of_atom(b, op->arg1), of_atom(b, op->arg2)), merge(of_atom(b, op->arg3), of_atom(b, op->arg4)));
    }
    case Iex_ITE:
        return merge(of_atom(b, e->Iex.ITE.cond), merge(of_atom(b, e->Iex.ITE.iftrue), of_atom(b, e->Iex.ITE.iffalse)));
    case Iex_CCall: {
        struct source s = NOTHING;
        for (IRExpr **arg = e->Iex.CCall.args; *arg; arg++) {
            s = merge(s, of_atom(b, *arg));
        }
        return s;
    }
    case Iex_Load:
        return from_load(add_access(b, e->Iex.Load.addr, NULL, sizeofIRType(e->Iex.Load.ty), IS_LOAD, NOTHING));
    default:
        return NOTHING;
    }
}

/* ---- what is added to the block ---- */

static void emit(struct building *b, IRStmt *s)
{
    addStmtToIRSB(b->out, s);
}

static IRExpr *assigned(struct building *b, IRType type, IRExpr *e)
{
    IRTemp t = newIRTemp(b->out->tyenv, type);
    emit(b, IRStmt_WrTmp(t, e));
    return IRExpr_RdTmp(t);
}

static IRExpr *word(ULong value)
{
    return IRExpr_Const(IRConst_U64(value));
}

/* The place of a word, counted from the free word that the block began with. */
static IRExpr *place(struct building *b, UInt index)
{
    IRExpr *first = IRExpr_RdTmp(b->free_word);
    return index == 0 ? first : assigned(b, Ity_I64, IRExpr_Binop(Iop_Add64, first, word(8 * (ULong)index)));
}

static void begin(struct building *b)
{
    IRExpr *next = assigned(b, Ity_I64, IRExpr_Get(b->pointer_offset, Ity_I64));
    IRExpr *is_full = assigned(b, Ity_I1, IRExpr_Binop(Iop_CmpLE64U, word(BUFFER_FULL), next));
    IRDirty *call = unsafeIRDirty_0_N(1, "on_full_buffer", VG_(fnptr_to_fnentry)(&on_full_buffer), mkIRExprVec_1(next));
    call->guard = is_full;
    emit(b, IRStmt_Dirty(call));
    b->free_word = newIRTemp(b->out->tyenv, Ity_I64);
    emit(b, IRStmt_WrTmp(b->free_word, IRExpr_ITE(is_full, word(BUFFER_FIRST), next)));
}

static UInt add_access(struct building *b, IRExpr *va, IRExpr *guard, UInt bytes, UInt flags, struct source data)
{
    if (b->access_count == MAX_ACCESSES) {
        return MAX_ACCESSES - 1;
    }
    UInt index = b->access_count++;
    IRExpr *written = va;
    if (guard) {
        written = assigned(b, Ity_I64, IRExpr_ITE(guard, va, word(0)));
        flags |= IS_GUARDED;
    }
    emit(b, IRStmt_Store(Iend_LE, place(b, index + 1), written));
    struct source address = of_atom(b, va);
    flags |= address.from[1] != NOWHERE ? HAS_SEVERAL_ORIGINS : 0;
    flags |= data.from[1] != NOWHERE ? DATA_HAS_SEVERAL_ORIGINS : 0;
    b->accesses[index] = (struct access){address, data, (uint16_t)bytes, (uint16_t)flags};
    return index;
}

static void end_instruction(struct building *b)
{
    if (b->is_branch) {
        b->counts.all_and_branches += (ULong)1 << BRANCH_SHIFT;
    } else if (b->class == IS_MULTIPLY) {
        b->counts.others += 1;
    } else if (b->class == IS_DIVIDE) {
        b->counts.others += (ULong)1 << DIVIDE_SHIFT;
    } else if (b->class == IS_FLOATING_POINT) {
        b->counts.others += (ULong)1 << FLOATING_POINT_SHIFT;
    }
    b->class = IS_SIMPLE;
    b->is_branch = False;
}

static Bool is_unchanged(const struct source *s, UInt reg)
{
    return s->from[0] == FIRST_REGISTER + reg && s->from[1] == NOWHERE;
}

static Bool looks_at(const struct source *s, UInt reg)
{
    for (UInt i = 0; i < ORIGINS; i++) {
        if (s->from[i] == FIRST_REGISTER + reg) {
            return True;
        }
    }
    return False;
}

/* Puts registers in an order in which none is set before another has looked at it; False when they look at each other in a circle. */
static Bool order(struct left_in_register *left, UInt count)
{
    for (UInt done = 0; done < count; done++) {
        UInt next = done;
        Bool is_free = False;
        for (; next < count && !is_free; next++) {
            is_free = True;
            for (UInt other = done; other < count; other++) {
                is_free = is_free && (other == next || !looks_at(&left[other].from, left[next].reg));
            }
        }
        if (!is_free) {
            return False;
        }
        struct left_in_register first = left[next - 1];
        left[next - 1] = left[done];
        left[done] = first;
    }
    return True;
}

/* The block may be left here: what holds then, and how it is told from other exits. */
static void add_exit(struct building *b)
{
    tl_assert(b->head_count < MAX_HEADS);
    UInt index = b->exit_count < MAX_EXITS ? b->exit_count++ : MAX_EXITS - 1;
    struct built_exit *e = &b->exits[index];
    e->access_count = b->access_count;
    e->counts = b->counts;
    e->counts.all_and_branches += (ULong)b->is_branch << BRANCH_SHIFT;
    e->first_left = b->left_count;
    for (UInt reg = 0; reg < REGISTERS && b->left_count < MAX_LEFT; reg++) {
        if (!is_unchanged(&b->registers[reg], reg)) {
            b->left[b->left_count++] = (struct left_in_register){b->registers[reg], (uint16_t)reg};
        }
    }
    e->left_count = b->left_count - e->first_left;
    e->in_order = order(b->left + e->first_left, e->left_count);
    IRExpr *head = word(0);
    b->head_exits[b->head_count] = index;
    b->heads[b->head_count++] = head->Iex.Const.con;
    emit(b, IRStmt_Store(Iend_LE, place(b, 0), head));
    emit(b, IRStmt_Put(b->pointer_offset, place(b, b->access_count + 1)));
}

/* ---- statements ---- */

static void set_register(struct building *b, Int offset, Int bytes, struct source s)
{
    Int reg = register_at(offset);
    if (reg >= 0) {
        /* A part of a register leaves the rest as it was. */
        b->registers[reg] = bytes < 8 ? merge(b->registers[reg], s) : s;
    }
}

static void on_dirty(struct building *b, const IRDirty *d)
{
    struct source s = NOTHING;
    for (IRExpr **arg = d->args; *arg; arg++) {
        if (!is_IRExpr_VECRET_or_GSPTR(*arg)) {
            s = merge(s, of_atom(b, *arg));
        }
    }
    if (d->mFx != Ifx_None) {
        UInt flags = d->mFx == Ifx_Read ? IS_LOAD : d->mFx == Ifx_Write ? IS_STORE : IS_LOAD | IS_STORE;
        UInt index = add_access(b, d->mAddr, d->guard->tag == Iex_Const ? NULL : d->guard, (UInt)d->mSize, flags, s);
        s = flags & IS_LOAD ? from_load(index) : s;
    }
    for (Int i = 0; i < d->nFxState; i++) {
        if (d->fxState[i].fx != Ifx_Read) {
            set_register(b, d->fxState[i].offset, 8, s);
        }
    }
    if (d->tmp != IRTemp_INVALID) {
        b->temps[d->tmp] = s;
    }
}

static void on_cas(struct building *b, const IRCAS *cas)
{
    Bool is_double = cas->dataHi != NULL;
    UInt bytes = sizeofIRType(typeOfIRExpr(b->out->tyenv, cas->dataLo)) * (is_double ? 2 : 1);
    UInt index = add_access(b, cas->addr, NULL, bytes, IS_LOAD | IS_STORE, of_atom(b, cas->dataLo));
    b->temps[cas->oldLo] = from_load(index);
    if (is_double) {
        b->temps[cas->oldHi] = from_load(index);
    }
}

static void on_guarded_load(struct building *b, const IRLoadG *load)
{
    IRType wide, narrow;
    typeOfIRLoadGOp(load->cvt, &wide, &narrow);
    UInt index = add_access(b, load->addr, load->guard, sizeofIRType(narrow), IS_LOAD, NOTHING);
    b->temps[load->dst] = merge(from_load(index), of_atom(b, load->alt));
}

static void follow(struct building *b, IRStmt *s)
{
    switch (s->tag) {
    case Ist_IMark: end_instruction(b); b->counts.all_and_branches++; break;
    case Ist_Put: {
        IRExpr *data = s->Ist.Put.data;
        set_register(b, s->Ist.Put.offset, sizeofIRType(typeOfIRExpr(b->out->tyenv, data)), of_atom(b, data));
        break;
    }
    case Ist_WrTmp:
        b->temps[s->Ist.WrTmp.tmp] = of_value(b, s->Ist.WrTmp.data);
        break;
    case Ist_Store: {
        IRExpr *data = s->Ist.Store.data;
        UInt bytes = sizeofIRType(typeOfIRExpr(b->out->tyenv, data));
        add_access(b, s->Ist.Store.addr, NULL, bytes, IS_STORE, of_atom(b, data));
        break;
    }
    case Ist_StoreG: {
        IRStoreG *store = s->Ist.StoreG.details;
        UInt bytes = sizeofIRType(typeOfIRExpr(b->out->tyenv, store->data));
        add_access(b, store->addr, store->guard, bytes, IS_STORE, of_atom(b, store->data));
        break;
    }
    case Ist_LoadG: on_guarded_load(b, s->Ist.LoadG.details); break;
    case Ist_CAS: on_cas(b, s->Ist.CAS.details); break;
    case Ist_Dirty: on_dirty(b, s->Ist.Dirty.details); break;
    case Ist_Exit: b->is_branch = True; add_exit(b); break;
    default: break;
    }
}

/* ---- blocks that are known ---- */

/*
 * Blocks that make the same accesses share what is known of them, so that a program that is translated again and again does not
 * fill memory.
 */
struct block {
    struct block *next_alike;
    ULong hash;
    UInt access_count, exit_count, left_count;
    struct access *accesses;
    struct built_exit *built;
    struct left_in_register *left;
    struct block_exit **exits;
};
enum { HASH_BUCKETS = 1 << 16 };
static struct block *first_of[HASH_BUCKETS];

static ULong hash_of(const void *bytes, SizeT n, ULong hash)
{
    const uint8_t *at = bytes;
    for (SizeT i = 0; i < n; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3ull;
    }
    return hash;
}

static Bool is_same(const void *a, const void *b, SizeT bytes)
{
    return bytes == 0 || VG_(memcmp)(a, b, bytes) == 0;
}

static void *kept(const void *from, SizeT bytes)
{
    return bytes == 0 ? NULL : VG_(memcpy)(VG_(malloc)("mitosis.block", bytes), from, bytes);
}

static struct block_exit *kept_exit(const struct block *block, const struct built_exit *built)
{
    SizeT left_bytes = built->left_count * sizeof(struct left_in_register);
    struct block_exit *e = VG_(malloc)("mitosis.exit", sizeof *e + left_bytes);
    e->accesses = block->accesses;
    e->counts = built->counts;
    e->access_count = (uint16_t)built->access_count;
    e->left_count = (uint16_t)built->left_count;
    e->in_order = built->in_order;
    VG_(memcpy)(e->left, block->left + built->first_left, left_bytes);
    return e;
}

/* What is known of the block that was built, kept from a block alike or from now on. */
static const struct block *known(const struct building *b)
{
    SizeT access_bytes = b->access_count * sizeof b->accesses[0];
    SizeT exit_bytes = b->exit_count * sizeof b->exits[0];
    SizeT left_bytes = b->left_count * sizeof b->left[0];
    ULong hash = hash_of(b->accesses, access_bytes, 0xcbf29ce484222325ull);
    hash = hash_of(b->left, left_bytes, hash_of(b->exits, exit_bytes, hash));
    struct block **bucket = &first_of[(hash ^ hash >> 32) % HASH_BUCKETS];
    for (struct block *old = *bucket; old != NULL; old = old->next_alike) {
        if (old->hash == hash && old->access_count == b->access_count && old->exit_count == b->exit_count
            && old->left_count == b->left_count && is_same(old->accesses, b->accesses, access_bytes)
            && is_same(old->built, b->exits, exit_bytes) && is_same(old->left, b->left, left_bytes)) {
            return old;
        }
    }
    struct block *fresh = VG_(malloc)("mitosis.block", sizeof *fresh);
    *fresh = (struct block){
        *bucket, hash, b->access_count, b->exit_count, b->left_count, kept(b->accesses, access_bytes),
        kept(b->exits, exit_bytes), kept(b->left, left_bytes), VG_(malloc)("mitosis.exits", b->exit_count * sizeof(void *)),
    };
    for (UInt i = 0; i < b->exit_count; i++) {
        fresh->exits[i] = kept_exit(fresh, &fresh->built[i]);
    }
    *bucket = fresh;
    return fresh;
}

IRSB *instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout, const VexGuestExtents *extents,
                 const VexArchInfo *arch, IRType guest_word, IRType host_word)
{
    static struct building building;
    static struct source *temps;
    static Int temp_room;
    struct building *b = &building;
    (void)closure, (void)extents, (void)arch, (void)guest_word, (void)host_word;
    if (in->tyenv->types_used > temp_room) {
        temp_room = 2 * in->tyenv->types_used;
        temps = VG_(realloc)("mitosis.temps", temps, temp_room * sizeof *temps);
    }
    for (Int i = 0; i < in->tyenv->types_used; i++) {
        temps[i] = NOTHING;
    }
    VG_(memset)(b, 0, sizeof *b);
    b->temps = temps;
    b->out = deepCopyIRSBExceptStmts(in);
    b->pointer_offset = layout->total_sizeB + POINTER_OFFSET;
    for (UInt reg = 0; reg < REGISTERS; reg++) {
        b->registers[reg] = from_place(FIRST_REGISTER + reg);
    }
    Int i = 0;
    while (i < in->stmts_used && in->stmts[i]->tag != Ist_IMark) {
        emit(b, in->stmts[i++]);
    }
    begin(b);
    for (; i < in->stmts_used; i++) {
        IRStmt *s = in->stmts[i];
        if (s->tag == Ist_NoOp) {
            continue;
        }
        follow(b, s);
        emit(b, s);
    }
    if (in->jumpkind == Ijk_Boring || in->jumpkind == Ijk_Call || in->jumpkind == Ijk_Ret) {
        b->is_branch = True;
    }
    add_exit(b);
    const struct block *block = known(b);
    for (UInt i = 0; i < b->head_count; i++) {
        b->heads[i]->Ico.U64 = (Addr)block->exits[b->head_exits[i]];
    }
    return b->out;
}
