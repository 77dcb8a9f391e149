// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What the programs at the links of routers have alike: words, helpers of the kernel, and how tracked connections are looked up,
 * which the kernel lets only programs under the GPL do: hence other terms than the project's, of this file and of those that include it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define htons(x) __builtin_bswap16(x)
#define htonl(x) __builtin_bswap32(x)
#define ntohl(x) __builtin_bswap32(x)

static void *(*const map_lookup)(const void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*const map_update)(const void *map, const void *key, const void *value, __u64 flags) =
    (void *)BPF_FUNC_map_update_elem;
static long (*const l4_csum_replace)(struct __sk_buff *, __u32 offset, __u64 from, __u64 to, __u64 flags) =
    (void *)BPF_FUNC_l4_csum_replace;
static long (*const store_bytes)(struct __sk_buff *, __u32 offset, const void *from, __u32 length, __u64 flags) =
    (void *)BPF_FUNC_skb_store_bytes;

/* What is read of the kernel's own, found by name. */
#define KERNEL __attribute__((preserve_access_index))

struct ct_options {
  __s32 netns, error;
  __u8 protocol, direction, reserved[2];
};

struct nf_conn;
extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *, struct bpf_sock_tuple *, __u32, struct ct_options *, __u32)
    SEC(".ksyms");
extern void bpf_ct_release(struct nf_conn *) SEC(".ksyms");

struct ends {
  __be32 saddr, daddr;
  __be16 sport, dport;
};

SEC("license") const char terms[] = "Dual MIT/GPL";
/* Of this and the file that includes it: the object says what it was made from. */
SEC("source") const char digest[] = SOURCE_DIGEST;
