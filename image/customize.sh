#!/bin/sh
# mmdebstrap customize hook: what turns a minimal Debian into an instance's root file system. $1 is the new root.
# It does not set anything that belongs to one instance: hostname, resolver, keys and trust come from the instance's seed layer.
set -eu
root=$1
here=$(dirname "$(readlink -f "$0")")

cp -r --no-preserve=ownership "$here/files/." "$root/"
chmod 0755 "$root/usr/lib/culvert/ec2-init" "$root/usr/lib/culvert/yum"
ln -s ../lib/culvert/yum "$root/usr/bin/yum"
ln -s ../lib/culvert/yum "$root/usr/bin/dnf"
chmod 0440 "$root/etc/sudoers.d/90-admin"

# Debian's AMIs log in as "admin", with sudo and without a password.
chroot "$root" useradd --create-home --shell /bin/bash --groups sudo admin
install -d -m 0700 "$root/home/admin/.ssh"
chroot "$root" chown admin:admin /home/admin/.ssh

# Debian's awscli trusts a bundle of its own; a CA added to the system would be unknown to it.
find "$root/usr/lib/python3/dist-packages" -path '*botocore/cacert.pem' -exec ln -sf /etc/ssl/certs/ca-certificates.crt {} \;

# Settings of the build, the builder's proxy among them.
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap"

# Units that need hardware, a kernel of their own or a login console; they would fail or wait in a container.
for unit in \
  systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
  systemd-udev-settle.service systemd-logind.service getty.target console-getty.service getty-static.service \
  systemd-random-seed.service systemd-modules-load.service kmod-static-nodes.service systemd-remount-fs.service \
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount sys-kernel-config.mount sys-kernel-debug.mount \
  sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount systemd-journald-audit.socket \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-pstore.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
for unit in ec2-init.service ec2-booted.service; do
  ln -sf "/etc/systemd/system/$unit" "$root/etc/systemd/system/multi-user.target.wants/$unit"
done

# Empty, not absent: systemd then makes a new one at each instance's first boot.
: > "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/resolv.conf" "$root/etc/hostname"
printf '127.0.0.1 localhost\n' > "$root/etc/hosts"
