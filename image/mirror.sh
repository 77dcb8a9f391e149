#!/bin/sh
# mmdebstrap customize hook: makes $2 a flat repository of the packages named in `mirror`, each with all that it needs beyond the
# image, and points the image's apt there. $1 is the new root, $3 the image's hash: images and packages belong together.
# See sources.list(5), "flat repository".
set -eu
root=$1 packages=$2 hash=$3
here=$(dirname "$(readlink -f "$0")")

# One after the other: together, one could fill another's need by a different alternative.
mkdir -p "$packages/partial"
sed 's/#.*//' "$here/mirror" | while read -r name; do
  [ -z "$name" ] || APT_CONFIG=$MMDEBSTRAP_APT_CONFIG \
    apt-get --yes -q --download-only -o Dir::Cache::Archives="$packages" install "$name" < /dev/null
done
cd "$packages"
rm -rf partial lock
for deb in *.deb; do
  # The colon of an epoch, which apt and HTTP would each escape in their own way.
  name=$(printf '%s' "$deb" | sed 's/%3a/./')
  [ "$deb" = "$name" ] || mv "$deb" "$name"
  dpkg-deb --field "$name"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$name" "$(stat -c %s "$name")" "$(sha256sum "$name" | cut -d ' ' -f 1)"
done > .Packages
mv .Packages Packages
gzip -9nk Packages
{
  printf 'Origin: Culvert\nLabel: Culvert\nDate: %s\nSHA256:\n' "$(date -Ru)"
  for file in Packages Packages.gz; do
    printf ' %s %s %s\n' "$(sha256sum "$file" | cut -d ' ' -f 1)" "$(stat -c %s "$file")" "$file"
  done
} > .Release
mv .Release Release
chmod 644 ./*

rm -f "$root/etc/apt/sources.list.d/0000sources.list"
cat > "$root/etc/apt/sources.list" << SOURCES
# Culvert's own mirror, in the internet that instances see. Trusted without a signature: the packages were checked against
# Debian's keys when they were brought here, and they never leave this machine's own network.
deb [trusted=yes] http://packages.culvert.internal/$hash ./
SOURCES
