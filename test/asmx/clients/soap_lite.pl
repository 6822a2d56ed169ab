# SOAP::Lite: SOAP 1.1 by the WSDL, SOAP 1.2 (which its stubs cannot write) with address, namespace and action given by hand.
# Parameters come as variables of their own names; what it understood goes out as JSON.
use strict;
use warnings;
no warnings 'redefine';
use Encode qw(decode_utf8);
use JSON::PP;
use SOAP::Lite;

my @names = qw(Token Pattern DefaultDetail Details Phones SmsType PostFixNumber SendTime);
my @fields = qw(RetCode Message CommonJobID SpecialJobIDs TotalSendCount ErrorPhones);
my $namespace = 'http://tempuri.org/';

# The stub leaves the parameters in no namespace, where no ASP.NET service looks for them, unless the namespace is the default one.
my $stub = do { local $SIG{__WARN__} = sub { }; SOAP::Lite->service($ENV{WSDL}) };
sub Services::ns { shift->default_ns(@_) }

(my $address = $ENV{WSDL}) =~ s/\?.*//;
my $plain = SOAP::Lite->soapversion('1.2')->proxy($address)->default_ns($namespace)->on_action(sub { qq("${namespace}CustomSend") });

sub on_soap11 {
    SOAP::Lite->soapversion('1.1');
    return $stub->CustomSend(@_);
}

sub on_soap12 {
    SOAP::Lite->soapversion('1.2');
    my @values = @_;
    return $plain->call('CustomSend', map { SOAP::Data->name($names[$_] => $values[$_])->type($_ == 5 ? 'int' : 'string') } 0 .. 7);
}

sub fields {
    my $answer = shift->result;
    return { map { $_ => defined $answer->{$_} ? "$answer->{$_}" : undef } @fields };
}

sub seen_on {
    my ($binding, $send, @fault) = @_;
    my %call = map { $_ => decode_utf8($ENV{$_}) } @names;
    $call{Pattern} .= $binding;
    my $with = sub { my %own = (%call, @_); $send->(@own{@names}) };
    my $fault = $with->(Details => 'x' x 4_200_000);
    return {
        sucess => fields($with->()),
        faild => fields($with->(Token => 'bad')),
        fault => join(' ', map { $fault->valueof("//Fault/$_") } @fault),
    };
}

$stub->want_som(1);
$_->on_fault(sub { $_[1] }) for $stub, $plain;
# Its own faultcode and faultstring know SOAP 1.1 alone.
print encode_json({
    soap11 => seen_on('soap11', \&on_soap11, 'faultcode', 'faultstring'),
    soap12 => seen_on('soap12', \&on_soap12, 'Code/Value', 'Reason/Text'),
});
