// The packages of Debian that hold the programs of each set; a release that lacks some of them leaves their jobs out.

/** Names, apart by white space, by the set's name. */
export const packages: Readonly<Record<string, string>> = {
  chosen: `bubblewrap strace netcat-openbsd curl diffutils dpkg file findutils git jq mawk gawk openssh-client openssl perl
    python3 sqlite3 tcl lua5.4 ruby xz-utils bzip2 zip unzip zstd zsh bash dash busybox-static bc rsync tree
    ripgrep fd-find fzf redis-server nginx-light memcached lighttpd haproxy less`,
  'held-out': `bubblewrap strace gawk mawk lua5.3 luajit ruby php-cli tcl8.6 memcached lighttpd haproxy gpgv gpg vim-tiny nano
    ed pigz lz4 brotli lzop zstd xz-utils bzip2 zip unzip cpio 7zip ninja-build make m4 bison flex patch
    libxml2-utils xsltproc xmlstarlet busybox-static bsdextrautils jq datamash units fish ksh93u+m mksh tcsh zsh
    dnsmasq-base mosquitto bind9-dnsutils dropbear-bin socat netcat-openbsd iproute2 procps psmisc tini
    dumb-init gosu xxd silversearcher-ag ripgrep fd-find hyperfine git sqlite3 rsync curl wget openssl
    openssh-client qpdf tree less python3 perl nginx-light redis-server file age bc dc squashfs-tools e2fsprogs
    binutils moreutils pv lftp acl attr lsof fzf eza bat libcap2-bin nftables cmark colordiff dos2unix`,
  unseen: `bubblewrap strace netcat-openbsd coreutils util-linux bsdextrautils libc-bin gettext groff-base mandoc graphviz
    netpbm optipng jpegoptim flac poppler-utils nasm yasm tcc guile-3.0 sbcl gnutls-bin minisign signify-openbsd
    pwgen oathtool restic gron hexyl sd just tokei protobuf-compiler flatbuffers-compiler jsonnet lmdb-utils
    gdbmtool darkhttpd tinyproxy ngircd microsocks cowsay figlet expect parallel entr mbuffer wdiff dwdiff
    miller jo html2text w3m tidy hunspell gdisk dosfstools mtools genisoimage faketime fakeroot patchelf
    elfutils ccache universal-ctags indent astyle sharutils uuid-runtime ncompress arj zpaq recode uchardet
    pcre2-utils moreutils rename gforth original-awk busybox-static cksfv rhash fdupes stow mawk gperf re2c
    chrpath`,
  fresh: `bubblewrap strace netcat-openbsd coreutils findutils diffutils util-linux util-linux-extra bsdextrautils ncal procps
    sysvinit-utils libc-bin gettext toilet boxes aspell discount lowdown unrtf html-xml-utils lynx elinks recutils
    augeas-tools a2ps enscript ccze agrep tre-agrep ugrep source-highlight libjpeg-turbo-progs exiv2
    webp qrencode barcode sox lame vorbis-tools gifsicle gnuplot-nox xxhash b3sum hashdeep ssdeep jdupes
    nettle-bin whois ccrypt lzip plzip pbzip2 lrzip zopfli advancecomp par2 cabextract lhasa unar lua5.1
    lua5.2 chicken-bin clisp ecl swi-prolog-nox jimsh duktape mujs micropython nodejs ocaml-base yash rc
    posh bmake cppcheck cmake cproto cflow cscope unifdef gengetopt direnv gh lsd zoxide cargo
    netcat-traditional ncat iputils-ping fping ldnsutils aria2 axel ipcalc-ng sipcalc netmask tcpdump
    ethtool ipset wireguard-tools logrotate debianutils ltrace detox mmv libarchive-tools symlinks
    inotify-tools at cron dpkg apt gpgconf dbus-bin dbus systemd keyutils stress-ng tdb-tools webfs
    mini-httpd beanstalkd stunnel4 unbound nsd tftpd-hpa`,
};
